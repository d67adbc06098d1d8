// One tile per slot. A slot is a place at the bench: workers die and are replaced, the tile stays and tells of it.
import { announce, byId } from './dom.js';
import { makeTile } from './tile.js';

const narrowest_rem = 16;

// As many columns as fit, and then no more than full rows need: four tiles stand as four or as two and two.
function balance(list) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const fit = Math.max(1, Math.floor((list.clientWidth + 0.8 * rem) / ((narrowest_rem + 0.8) * rem)));
    const count = Math.max(1, list.childElementCount);
    list.style.setProperty('--columns', Math.max(Math.min(2, fit), Math.ceil(count / Math.ceil(count / fit))));
}

/** Keeps a list of tiles in step with the workers of each snapshot. */
export function makeTiles(list, act) {
    const tiles = new Map();  // by slot
    const wishes = new Map();  // by id: why it asked to be replaced
    let primary = null;
    new ResizeObserver(() => balance(list)).observe(list);

    function remove(slot) {
        const { node } = tiles.get(slot);
        // The focus would fall back to the start of the page.
        if (node.contains(document.activeElement)) byId('workers-title').focus();
        node.remove();
        tiles.delete(slot);
    }

    function add(slot) {
        const tile = makeTile(act, (id) => wishes.get(id));
        const after = [...tiles.keys()].filter((other) => other < slot).sort((a, b) => a - b).pop();
        if (after === undefined) list.prepend(tile.node);
        else tiles.get(after).node.after(tile.node);
        tiles.set(slot, tile);
    }

    return {
        hear({ kind, worker, text }) {
            if (kind === 'suicide') wishes.set(worker, text);
        },
        show({ at_ms, cluster, workers }) {
            if (primary !== cluster.pid) [...tiles.keys()].forEach(remove);
            primary = cluster.pid;
            const present = new Set(workers.map((worker) => worker.slot));
            [...tiles.keys()].filter((slot) => !present.has(slot)).forEach(remove);
            for (const worker of workers) {
                if (!tiles.has(worker.slot)) add(worker.slot);
                const news = tiles.get(worker.slot).show(worker, at_ms);
                if (news) announce(news);
            }
            balance(list);
        },
    };
}
