// The session: a cookie that the script cannot see, so the page remembers by itself whether to expect one.
import { byId, setText } from './dom.js';
import { duration } from './format.js';
import { bullet } from './workers.js';
import { ask, tell } from './ask.js';

const hint = 'logged-in';

/** Wires the panel; changed(isOpen) is called when the session begins or ends. */
export function wireSession(changed) {
    let open = false;
    let counted = new Set();

    function setOpen(now) {
        open = now;
        if (now) localStorage.setItem(hint, 'yes');
        else localStorage.removeItem(hint);
        byId('login').hidden = now;
        byId('session').hidden = !now;
        changed(now);
    }

    function show({ user, visits, worker, expires_in_ms }) {
        setText(byId('user'), user);
        // Of twenty answers on their way at once, the last to arrive need not be the last that was counted.
        setText(byId('visits'), Math.max(visits, Number(byId('visits').textContent)));
        if (!counted.has(worker)) byId('seen').append(bullet(worker));
        counted.add(worker);
        setText(byId('expiry'), `ends after ${duration(expires_in_ms)} of silence`);
    }

    async function visit() {
        const session = await ask('/session');
        if (Boolean(session) !== open) setOpen(Boolean(session));
        if (session) show(session);
        return session;
    }

    byId('login').addEventListener('submit', async (event) => {
        event.preventDefault();
        if (!await tell('/login', { name: byId('name').value.trim() })) return;
        counted = new Set();
        byId('seen').replaceChildren();
        setText(byId('visits'), 0);
        if (await visit()) byId('ask-many').focus();
    });
    byId('logout').addEventListener('click', async () => {
        if (!await tell('/logout')) return;
        setOpen(false);
        byId('name').focus();
    });
    return {
        visit,
        isOpen: () => open,
        /** Whether a session may be there from before. Asking without one would be answered 401. */
        mayResume: () => localStorage.getItem(hint) !== null,
    };
}
