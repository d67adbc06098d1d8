// A bar per slot, in the colour of the worker that is there now: its share of all requests.
import { element, setText } from './dom.js';
import { count, percent } from './format.js';
import { bullet, paint } from './workers.js';

function makeRow() {
    const sign = bullet(1);
    const bar = element('span', { className: 'bar' });
    const text = element('span', { className: 'share-text' });
    const row = element('li', {}, sign, element('span', { className: 'track' }, bar), text);
    return { row, sign, bar, text };
}

/** Keeps the list in step with the workers of each snapshot. */
export function makeShares(list) {
    const rows = new Map();  // by slot
    return {
        show(workers) {
            const sum = workers.reduce((all, worker) => all + worker.requests, 0) || 1;
            const even = 1 / Math.max(1, workers.length);
            // The widest bar, or twice an even share, fills the track.
            const full = Math.max(2 * even, ...workers.map((worker) => worker.requests / sum));
            list.style.setProperty('--even', even / full);
            for (const slot of [...rows.keys()].filter((each) => !workers.some((worker) => worker.slot === each))) {
                rows.get(slot).row.remove();
                rows.delete(slot);
            }
            for (const worker of workers) {
                if (!rows.has(worker.slot)) {
                    rows.set(worker.slot, makeRow());
                    list.append(rows.get(worker.slot).row);
                }
                const { row, sign, bar, text } = rows.get(worker.slot);
                paint(row, worker.id);
                paint(sign, worker.id);
                setText(sign, worker.id || '–');
                sign.title = `slot ${worker.slot}`;
                bar.style.setProperty('--share', worker.requests / sum / full);
                setText(text, `${count(worker.requests)} · ${percent(worker.requests / sum)}`);
            }
        },
    };
}
