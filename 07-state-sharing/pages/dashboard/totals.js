// The sign at the top and the large figures: the cluster as a whole.
import { byId, element, setText } from './dom.js';
import { count, duration, latency } from './format.js';

function workersOf({ cluster, workers }) {
    const ready = workers.filter((worker) => worker.state === 'listening').length;
    return `${ready} of ${cluster.wanted} workers`;
}

// Built once, so that the link can be focused; afterwards only texts change.
function signParts() {
    const sign = byId('cluster');
    if (sign.childElementCount === 0) {
        sign.append(element('a', { target: '_blank', rel: 'noopener' }),
                    ...Array.from({ length: 5 }, () => element('span')));
    }
    return sign.children;
}

/** Shows a snapshot's cluster and totals. */
export function showCluster(snapshot) {
    const { cluster, totals } = snapshot;
    const [link, ...texts] = signParts();
    if (link.href !== cluster.url) link.href = cluster.url;
    setText(link, cluster.url.replace(/^https?:\/\//, '').replace(/\/$/, ''));
    const facts = [cluster.reloading ? 'reloading' : workersOf(snapshot), `primary ${cluster.pid}`,
                   `up ${duration(cluster.uptime_ms)}`, cluster.policy, `told by ${cluster.watch}`];
    facts.forEach((fact, n) => setText(texts[n], fact));

    setText(byId('total-rate'), count(totals.requests_per_second));
    setText(byId('total-p50'), latency(totals.p50_ms));
    setText(byId('total-p99'), latency(totals.p99_ms));
    setText(byId('total-requests'), count(totals.requests));
    setText(byId('total-errors'), count(totals.errors));
    byId('total-errors-box').classList.toggle('is-bad', totals.errors > 0);
}
