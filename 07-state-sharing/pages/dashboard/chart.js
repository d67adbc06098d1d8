// The rolling chart: requests per second above, latencies below, on one axis of time; what happened to workers is
// marked on both, so that one sees what it cost.
import { count, latency } from './format.js';
import { drawPane, svg } from './pane.js';

const window_ms = 60000;
const marks = { exit: '✕', reload: '↻' };

const rates = { format: count, unit: '', least: 2, series: [{ name: '', key: 'requests_per_second', className: 'rate', area: true }] };
const latencies = {
    format: latency,
    unit: ' ms',
    least: 0.1,
    series: [{ name: 'p99', key: 'p99_ms', className: 'p99' }, { name: 'p50', key: 'p50_ms', className: 'p50' }],
};

// A moment without requests has no latency, not one of zero.
const measured = (point) => ({ ...point, p50_ms: point.p50_ms || null, p99_ms: point.p99_ms || null });

/** A chart that fills `holder` and keeps to its size. */
export function makeChart(holder) {
    let points = [];
    let events = [];
    const root = svg('svg', { role: 'img', 'aria-label': 'Requests per second and latencies over the last minute' });
    holder.append(root);

    function draw() {
        const { clientWidth: width, clientHeight: height } = holder;
        if (!width || !height) return;
        const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
        const until = points.at(-1)?.at_ms ?? 0;
        const left = 4.2 * rem;
        const right = width - 7 * rem;
        const x = (at) => right - ((until - at) / window_ms) * (right - left);
        const visible = points.filter(({ at_ms }) => at_ms >= until - window_ms);
        const pane = (top, bottom, what) => drawPane({ ...what, points: visible, x, left, right, top, bottom, rem });
        root.setAttribute('viewBox', `0 0 ${width} ${height}`);
        const bottom = height - 1.3 * rem;
        const middle = bottom * 0.54;
        root.replaceChildren(pane(1.1 * rem, middle - 0.4 * rem, rates),
                             pane(middle + 0.9 * rem, bottom, latencies),
                             ...[60, 30, 0].map((ago) => drawTime(ago, x(until - ago * 1000))),
                             ...events.filter(({ at_ms }) => at_ms >= until - window_ms).flatMap(drawMark));

        function drawTime(ago, at) {
            const text = svg('text', { x: at, y: height - 0.2 * rem, class: 'time' });
            text.textContent = ago ? `${ago} s ago` : 'now';
            return text;
        }
        function drawMark({ at_ms, kind }) {
            const at = x(Math.min(at_ms, until)).toFixed(1);
            const sign = svg('text', { x: at, y: 0.85 * rem, class: `mark ${kind}` });
            sign.textContent = marks[kind];
            return [svg('path', { d: `M${at},${1.1 * rem} V${bottom}`, class: `mark ${kind}` }), sign];
        }
    }

    new ResizeObserver(draw).observe(holder);
    return {
        clear() {
            points = [];
            events = [];
        },
        seed(past) {
            points = past.map(measured);
            draw();
        },
        add(point) {
            points.push(measured(point));
            while (points[0].at_ms < point.at_ms - window_ms - 2000) points.shift();
            events = events.filter(({ at_ms }) => at_ms > point.at_ms - window_ms);
            draw();
        },
        mark(event) {
            if (marks[event.kind]) events.push(event);
        },
    };
}
