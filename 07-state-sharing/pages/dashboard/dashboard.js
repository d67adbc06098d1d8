// The dashboard: what the primary tells, once a thing happens and twice a second, spread over the parts of the page.
import { byId } from './dom.js';
import { wireActions } from './actions.js';
import { makeChart } from './chart.js';
import { makeLog } from './log.js';
import { makeShares } from './shares.js';
import { showState } from './store_table.js';
import { bySlot } from './slots.js';
import { follow } from './stream.js';
import { makeTiles } from './tiles.js';
import { showCluster } from './totals.js';

const chart = makeChart(byId('chart'));
const log = makeLog(byId('log'), byId('log-kinds'));
const shares = makeShares(byId('shares'));
const act = wireActions();
const tiles = makeTiles(byId('tiles'), act);

follow('/events', {
    // The last events and points are told again on each connection, so the page begins anew.
    opened() {
        log.clear();
        chart.clear();
    },
    log(event) {
        log.add(event);
        chart.mark(event);
        tiles.hear(event);
    },
    history({ points }) {
        chart.seed(points);
    },
    snapshot(told) {
        const now = { ...told, workers: bySlot(told.workers) };
        showCluster(now);
        tiles.show(now);
        shares.show(now.workers);
        chart.add({ at_ms: now.at_ms, ...now.totals });
        showState(now);
    },
});
