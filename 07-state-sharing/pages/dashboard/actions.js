// What the buttons ask of the primary. The header tells it that this page asked and no other site's form: a page of
// another origin cannot send it.
import { byId, setText } from './dom.js';

/** Asks for `name`, e.g. "crash?slot=2", and shows what the primary says to it. */
async function act(name) {
    const said = byId('said');
    try {
        const answer = await fetch(`/actions/${name}`, {
            method: 'POST',
            headers: { 'X-Requested-With': 'dashboard' },
            cache: 'no-store',
        });
        const { done, error } = await answer.json();
        said.classList.toggle('is-error', !answer.ok);
        setText(said, done ?? error);
    } catch {
        said.classList.add('is-error');
        setText(said, 'The primary does not answer.');
    }
}

/** Wires the cluster's own buttons; returns the function that the workers' buttons call. */
export function wireActions() {
    for (const button of document.querySelectorAll('[data-action]')) {
        button.addEventListener('click', () => act(button.dataset.action));
    }
    byId('load').addEventListener('submit', (event) => {
        event.preventDefault();
        act(`load?requests=${byId('load-requests').valueAsNumber}`);
    });
    return act;
}
