// Who answered: the sign with the last one, and the line of the last twenty.
import { announce, byId, element, setText } from './dom.js';
import { bullet, paint } from './workers.js';
import { ask } from './ask.js';

const shown = 20;

function showAnswer({ worker, pid }) {
    paint(byId('platform'), worker);
    paint(byId('platform-worker'), worker);
    setText(byId('platform-worker'), worker);
    setText(byId('answers-title'), `Worker ${worker} answered`);
    setText(byId('platform-pid'), `pid ${pid}`);
    const stop = element('li', {}, bullet(worker));
    paint(stop, worker);
    const stops = byId('stops');
    stops.append(stop);
    while (stops.childElementCount > shown) stops.firstElementChild.remove();
}

/** Wires the buttons. With a session, each question is a visit. */
export function wireAnswers(session) {
    async function question() {
        const expected = session.isOpen() || session.mayResume();
        const answer = expected ? await session.visit() : await ask('/whoami');
        if (answer) showAnswer(answer);
        return answer;
    }

    byId('ask').addEventListener('click', question);
    byId('ask-many').addEventListener('click', async () => {
        byId('ask-many').disabled = true;
        const answers = (await Promise.all(Array.from({ length: shown }, question))).filter(Boolean);
        const workers = new Set(answers.map(({ worker }) => worker));
        announce(`${answers.length} answers by ${workers.size} workers`);
        byId('ask-many').disabled = false;
        byId('ask-many').focus();
    });
    question();
}
