// One pane of the chart: a grid of two lines, curves, and each curve's last value written at its end.

/** A new SVG element with these attributes. */
export function svg(tag, attributes = {}, ...children) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
}

/** The least of 1, 2, 5, 10, 20, … that is not below the value, so that the grid's numbers are round. */
export function roundUp(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

// A moment without requests has no latency: the curve has a gap there.
function curve(points, key, x, y) {
    let draws = false;
    return points.map((point) => {
        if (point[key] == null) {
            draws = false;
            return '';
        }
        const command = draws ? 'L' : 'M';
        draws = true;
        return `${command}${x(point.at_ms).toFixed(1)},${y(point[key]).toFixed(1)}`;
    }).join('');
}

// Two curves may end at one height; their labels must not.
function spread(labels, distance, bottom) {
    labels.sort((a, b) => a.y - b.y);
    for (let n = 1; n < labels.length; ++n) labels[n].y = Math.max(labels[n].y, labels[n - 1].y + distance);
    for (let n = labels.length - 1, limit = bottom; n >= 0; --n, limit -= distance) {
        labels[n].y = Math.min(labels[n].y, limit);
    }
}

function label(x, y, className, text) {
    const made = svg('text', { x, y, class: className });
    made.textContent = text;
    return made;
}

/** Draws `series` of `points` between top and bottom, left and right; x(at_ms) is given. */
export function drawPane({ points, series, format, unit, least, x, left, right, top, bottom, rem }) {
    const values = series.flatMap(({ key }) => points.map((point) => point[key] ?? 0));
    const full = roundUp(Math.max(least, ...values));
    const y = (value) => bottom - (value / full) * (bottom - top);
    const pane = svg('g');
    for (const value of [0, full / 2, full]) {
        pane.append(svg('path', { d: `M${left},${y(value)} H${right}`, class: 'grid' }));
        if (value) pane.append(label(left - 0.4 * rem, y(value) + 0.3 * rem, 'scale', `${Number(value.toPrecision(2))}${unit}`));
    }
    const labels = [];
    for (const { name, key, className, area } of series) {
        const line = curve(points, key, x, y);
        if (area && line) {
            const end = `V${bottom} H${x(points[0].at_ms).toFixed(1)} Z`;
            pane.append(svg('path', { d: line + end, class: `area ${className}` }));
        }
        pane.append(svg('path', { d: line, class: `curve ${className}` }));
        const last = points.at(-1)?.[key];
        if (points.length) labels.push({ y: y(last ?? 0) + 0.3 * rem, className, text: `${name} ${format(last)}`.trim() });
    }
    spread(labels, 1.25 * rem, bottom);
    pane.append(...labels.map((each) => label(right + 0.5 * rem, each.y, `now ${each.className}`, each.text)));
    return pane;
}
