// The stream of server-sent events, kept alive. EventSource connects again by itself after most failures, but not after
// a refusal, and it does not notice a primary that is stopped; both are seen to here.
import { byId, setText } from './dom.js';

const silence_limit_ms = 4000;  // snapshots come twice a second
const retry_ms = 1500;
const kinds = ['snapshot', 'log', 'history'];

let lostSince = null;

function showLink(connected) {
    const wasLost = lostSince !== null;
    if (connected === !wasLost && byId('link').dataset.state !== 'waiting') return;
    lostSince = connected ? null : Date.now();
    byId('link').dataset.state = connected ? 'live' : 'lost';
    setText(byId('link'), connected ? 'live' : 'lost');
    document.body.classList.toggle('is-lost', !connected);
    byId('lost').hidden = connected;
    setText(byId('lost'), connected ? '' : 'The primary does not answer. What you see is what it last said; '
        + 'this page connects again by itself.');
}

/** Calls handlers.opened() on each connection, and handlers.snapshot, .log and .history with what is told. */
export function follow(url, handlers) {
    let source;
    let heardAt = Date.now();

    function connect() {
        heardAt = Date.now();
        source = new EventSource(url);
        source.addEventListener('open', () => handlers.opened());
        source.addEventListener('error', () => showLink(false));
        for (const kind of kinds) {
            source.addEventListener(kind, (event) => {
                heardAt = Date.now();
                if (kind === 'snapshot') showLink(true);
                handlers[kind](JSON.parse(event.data));
            });
        }
    }

    setInterval(() => {
        const silent = Date.now() - heardAt > silence_limit_ms;
        if (silent) showLink(false);
        if (silent || source.readyState === EventSource.CLOSED) {
            source.close();
            connect();
        }
    }, retry_ms);
    connect();
}
