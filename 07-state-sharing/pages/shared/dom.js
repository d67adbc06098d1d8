// The little that the pages need to write into a document. Text only ever enters as text, never as HTML: names, messages
// and values come from anybody.

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** A new element: its properties, then its children, which are elements or text. */
export function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
}

/** Writes only what differs, so that what is selected, or read aloud, is left alone. */
export function setText(node, text) {
    const wanted = String(text);
    if (node.textContent !== wanted) node.textContent = wanted;
}

/** Tells a screen reader, in the page's one live region. */
export function announce(text) {
    setText(byId('announcer'), text);
}
