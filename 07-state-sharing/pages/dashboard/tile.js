// The tile of one slot: its worker, and those who were there before.
import { byId, element, setText } from './dom.js';
import { makeFarewell } from './farewell.js';
import { count, duration, megabytes } from './format.js';
import { makeSpark } from './spark.js';
import { bullet, paint } from './workers.js';

const past_shown = 4;

function labelButtons(buttons, { id, state }) {
    const gone = state === 'dead';
    for (const button of buttons) {
        const pauses = button.dataset.act === 'stop' || button.dataset.act === 'continue';
        if (pauses) {
            button.dataset.act = state === 'stopped' ? 'continue' : 'stop';
            setText(button, state === 'stopped' ? 'Continue' : 'Stop');
        }
        button.disabled = gone;
        const label = `${button.textContent} worker ${id}`;
        if (button.getAttribute('aria-label') !== label) button.setAttribute('aria-label', label);
    }
}

function writeFacts(field, worker) {
    for (const name of ['id', 'pid', 'slot', 'state']) setText(field[name], worker[name]);
    setText(field.bullet, worker.id);
    setText(field.rate, count(worker.requests_per_second));
    for (const name of ['connections', 'requests', 'restarts']) setText(field[name], count(worker[name]));
    setText(field.memory, megabytes(worker.memory_bytes));
    setText(field.uptime, duration(worker.uptime_ms));
}

// The last line: who still leaves comes before who has died.
function lastLine({ leaving, last_death: death }) {
    if (leaving.length > 0) {
        const [{ id, connections }] = leaving;
        return `worker ${id} is leaving, connections: ${connections}`;
    }
    return death ? `${duration(death.ago_ms)} ago: ${death.reason}` : '';
}

/** Makes a tile; act(name) is called by its buttons, wishOf as in farewell.js. */
export function makeTile(act, wishOf) {
    const node = byId('tile').content.firstElementChild.cloneNode(true);
    const field = Object.fromEntries([...node.querySelectorAll('[data-field]')].map((at) => [at.dataset.field, at]));
    const buttons = [...node.querySelectorAll('button')];
    const spark = makeSpark(node.querySelector('.spark path'));
    const farewell = makeFarewell(wishOf);
    let last = { id: '–', pid: '–' };  // shown while nobody is there

    for (const button of buttons) {
        button.addEventListener('click', () => act(`${button.dataset.act}?slot=${node.dataset.slot}`));
    }

    function addToPast(id) {
        field.past.append(element('li', {}, bullet(id)));
        while (field.past.childElementCount > past_shown) field.past.firstElementChild.remove();
    }

    function showPast(leaving) {
        for (const { firstElementChild: sign } of field.past.children) {
            sign.classList.toggle('is-leaving', leaving.some(({ id }) => String(id) === sign.textContent));
        }
    }

    function showFarewell(said) {
        field.farewell.hidden = !said;
        if (!said) return;
        field.farewell.classList.toggle('is-death', said.isDeath);
        setText(field.reason, said.reason);
        setText(field.next, said.next);
    }

    return {
        node,
        /** Shows the worker; what is worth being read aloud, or nothing. */
        show(worker, at_ms) {
            const { replaced, said, isNews } = farewell.follow(worker, at_ms);
            if (replaced) addToPast(replaced);
            showPast(worker.leaving);
            showFarewell(said);
            if (worker.id) last = worker;
            const shown = { ...worker, id: last.id, pid: last.pid };
            paint(node, shown.id);
            node.dataset.state = worker.state;
            node.dataset.slot = worker.slot;
            writeFacts(field, shown);
            setText(field.death, lastLine(worker));
            labelButtons(buttons, shown);
            spark.add(worker.requests_per_second);
            return isNews ? `slot ${worker.slot}: ${said.reason}, ${said.next}` : '';
        },
    };
}
