// The event log: the newest on top, each kind can be left out.
import { element, setText } from './dom.js';
import { clock } from './format.js';
import { bullet } from './workers.js';

const most = 400;
const kinds = ['fork', 'online', 'listening', 'suicide', 'exit', 'reload', 'give_up', 'action', 'load'];

function row({ at_ms, kind, worker, text }) {
    const made = element('li', {}, element('time', {}, clock(at_ms)),
                         element('span', { className: 'kind' }, kind.replace('_', ' ')),
                         worker == null ? element('span', { className: 'nobody' }) : bullet(worker),
                         element('span', { className: 'text' }, text));
    made.dataset.kind = kind;
    return made;
}

/** Keeps the list, and the buttons that show or hide a kind. */
export function makeLog(list, group) {
    const counts = new Map();
    const buttons = new Map();

    function addKind(kind) {
        const button = element('button', { type: 'button' }, kind.replace('_', ' '), element('span', { className: 'tally' }));
        button.setAttribute('aria-pressed', 'true');
        button.addEventListener('click', () => {
            const shown = button.getAttribute('aria-pressed') !== 'true';
            button.setAttribute('aria-pressed', String(shown));
            for (const each of list.children) if (each.dataset.kind === kind) each.hidden = !shown;
        });
        buttons.set(kind, button);
        group.append(button);
    }
    kinds.forEach(addKind);

    function tally(kind, value) {
        counts.set(kind, value);
        setText(buttons.get(kind).lastElementChild, value || '');
    }

    return {
        clear() {
            list.replaceChildren();
            for (const kind of buttons.keys()) tally(kind, 0);
        },
        add(event) {
            if (!buttons.has(event.kind)) addKind(event.kind);
            const made = row(event);
            made.hidden = buttons.get(event.kind).getAttribute('aria-pressed') !== 'true';
            list.prepend(made);
            tally(event.kind, (counts.get(event.kind) ?? 0) + 1);
            while (list.childElementCount > most) list.lastElementChild.remove();
        },
    };
}
