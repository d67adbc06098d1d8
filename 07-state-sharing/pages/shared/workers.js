// A worker's colour and its bullet. The colour goes with the id, so that a replacement is seen to be somebody else.
import { element, setText } from './dom.js';

const lines = 10;

/** Gives the element the colour of this worker's line. */
export function paint(node, id) {
    const wanted = `line-${(id - 1) % lines}`;
    if (node.classList.contains(wanted)) return;
    // Whichever it had, also that of nobody: a slot that waits has the id 0, and line--1 has no colour.
    node.classList.remove(...[...node.classList].filter((each) => each.startsWith('line-')));
    node.classList.add(wanted);
}

/** The round sign with the worker's id. */
export function bullet(id) {
    const made = element('span', { className: 'bullet', title: `worker ${id}` });
    setText(made, id);
    paint(made, id);
    return made;
}
