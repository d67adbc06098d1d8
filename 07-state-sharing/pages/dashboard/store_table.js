// The store's state as a table; a row whose version has grown flashes.
import { byId, element, setText } from './dom.js';
import { duration } from './format.js';

const rows = new Map();  // by key
let first = true;

function makeRow(key) {
    const cells = { version: element('td', { className: 'number' }), value: element('td', { className: 'code' }) };
    const row = element('tr', {}, element('th', { scope: 'row', className: 'code' }, key), cells.version, cells.value);
    return { row, ...cells, seen: null };
}

function flash(row) {
    row.classList.remove('is-new');
    void row.offsetWidth;  // without a layout in between, the same animation would not start again
    row.classList.add('is-new');
}

function showEntry(known, { version, value }) {
    if (known.seen === version) return;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    setText(known.version, version);
    setText(known.value, text);
    known.value.title = text;
    if (!first) flash(known.row);
    known.seen = version;
}

/** Shows the entries of a snapshot in its order, and its job's last run. */
export function showState({ at_ms, store, job }) {
    const body = byId('store');
    const keys = new Set(store.map((entry) => entry.key));
    for (const [key, { row }] of rows) {
        if (keys.has(key)) continue;
        row.remove();
        rows.delete(key);
    }
    store.forEach((entry, n) => {
        if (!rows.has(entry.key)) rows.set(entry.key, makeRow(entry.key));
        const { row } = rows.get(entry.key);
        if (body.children[n] !== row) body.insertBefore(row, body.children[n] ?? null);
        showEntry(rows.get(entry.key), entry);
    });
    first = false;
    setText(byId('job'), job?.runs ? `scheduled job: run ${job.runs}, by worker ${job.worker}, `
        + `${duration(at_ms - job.last_at_ms)} ago` : '');
}
