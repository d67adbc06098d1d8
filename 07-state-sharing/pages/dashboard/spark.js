// The small curve in a tile: a worker's requests per second over the last half minute.
const points = 60;
const height = 20;

/** Draws into an SVG path that is 59 wide and 20 high. */
export function makeSpark(path) {
    let values = [];
    return {
        add(value) {
            values.push(value);
            if (values.length > points) values.shift();
            const top = Math.max(1, ...values) * 1.1;
            const left = points - values.length;
            const line = values.map((each, n) => `${left + n},${(height - (each / top) * (height - 1)).toFixed(1)}`);
            path.setAttribute('d', `M${left},${height} L${line.join(' L')} L${points - 1},${height} Z`);
        },
    };
}
