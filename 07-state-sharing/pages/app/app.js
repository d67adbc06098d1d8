// The page of the application that runs in every worker.
import { byId } from './dom.js';
import { wireAnswers } from './answers.js';
import { wireBoard } from './board.js';
import { wireFaults } from './faults.js';
import { wireSession } from './session.js';
import { showCounter, showJob, showSetting, wireShared } from './shared_state.js';

const refresh_ms = 2000;

const board = wireBoard();
const session = wireSession((loggedIn) => board.allow(loggedIn));
wireAnswers(session);
wireFaults();
wireShared();

// One after the other, so that a page that is only looked at keeps one connection busy, not six.
async function refresh() {
    if (!document.hidden) {
        for (const show of [showCounter, showSetting, showJob, board.refresh]) await show();
    }
    setTimeout(refresh, refresh_ms);
}

refresh();
byId('name').focus({ preventScroll: true });
