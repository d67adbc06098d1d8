// The chat board: what is new since the version last seen is asked for and appended.
import { byId, element } from './dom.js';
import { clock } from './format.js';
import { ask, tell } from './ask.js';

const most = 200;

function row({ user, text, at_ms }) {
    return element('li', {}, element('b', {}, user), element('time', { className: 'note' }, clock(at_ms)), element('p', {}, text));
}

/** Wires the form; the result shows what is new and says whether writing is allowed. */
export function wireBoard() {
    const list = byId('messages');
    const form = byId('say');
    let seen = 0;

    async function refresh() {
        const told = await ask(`/chat?after=${seen}`);
        // Two of these may be under way at once, and both would bring the same messages.
        const fresh = told?.messages.filter(({ version }) => version > seen) ?? [];
        if (fresh.length === 0) return;
        seen = Math.max(...fresh.map(({ version }) => version));
        list.append(...fresh.map(row));
        while (list.childElementCount > most) list.firstElementChild.remove();
        list.scrollTop = list.scrollHeight;
    }

    form.addEventListener('submit', async (event) => {
        event.preventDefault();
        if (!await tell('/chat', { text: byId('text').value })) return;
        byId('text').value = '';
        refresh();
    });
    return {
        refresh,
        allow(isOpen) {
            for (const each of form.elements) each.disabled = !isOpen;
            byId('text').placeholder = isOpen ? 'say something to all' : 'log in, then say something';
        },
    };
}
