// The buttons that hurt a worker, and what became of the question that did it.
import { byId, setText } from './dom.js';
import { latency } from './format.js';
import { attempt } from './ask.js';

async function provoke(button) {
    const path = button.dataset.fault;
    const started = performance.now();
    const say = (text) => setText(byId('fault'), `${path}: ${text}`);
    button.disabled = true;
    say('waiting for an answer …');
    try {
        const { worker } = await attempt(path);
        say(`worker ${worker} answered after ${latency(performance.now() - started)}`);
    } catch (error) {
        say(error.status ? `${error.status}, ${error.message}`
                         : `the connection ended without an answer after ${latency(performance.now() - started)}`);
    }
    button.disabled = false;
}

/** Wires the buttons. */
export function wireFaults() {
    for (const button of document.querySelectorAll('[data-fault]')) {
        button.addEventListener('click', () => provoke(button));
    }
}
