// How this page talks to the workers.
import { byId, setText } from './dom.js';

function showProblem(text) {
    byId('problem').hidden = !text;
    setText(byId('problem'), text);
}

async function exchange(path, options) {
    const answer = await fetch(path, { cache: 'no-store', ...options });
    // A worker that fails in the middle may have nothing better to say than the status.
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(told.error ?? answer.statusText), { status: answer.status });
    return told;
}

async function guarded(path, options) {
    try {
        const told = await exchange(path, options);
        showProblem('');
        return told;
    } catch (error) {
        showProblem(error.status ? error.message : 'No worker answers just now; the page tries again.');
        return null;
    }
}

/** What a GET of this path answers, or null, and then the page has said why. */
export const ask = (path) => guarded(path, {});

/** The same for a POST of these fields. */
export const tell = (path, fields = {}) => guarded(path, { method: 'POST', body: new URLSearchParams(fields) });

/** A GET whose failure is the caller's to tell: throws an Error with the server's text and `status`, if it answered. */
export const attempt = (path) => exchange(path, {});
