// What all workers share besides the session: the counter, the setting, the job.
import { byId, setText } from './dom.js';
import { clock, count, latency } from './format.js';
import { ask, tell } from './ask.js';

/** Asks for the counter and shows it. */
export async function showCounter() {
    const counter = await ask('/counter');
    if (!counter) return;
    setText(byId('counter'), count(counter.value));
    setText(byId('counter-by'), `version ${counter.version}, told by worker ${counter.worker}`);
}

/** Asks for the setting and shows it, with the time each way of watching took to see the last change. */
export async function showSetting() {
    const setting = await ask('/setting');
    if (!setting) return;
    setText(byId('setting'), setting.value || '–');
    setText(byId('notification'), latency(setting.notification_ms));
    setText(byId('polling'), latency(setting.polling_ms));
    setText(byId('setting-by'), `version ${setting.version}, as worker ${setting.worker} saw it; workers are told by ${setting.watch}`);
}

/** Asks for the job's last run and shows it. */
export async function showJob() {
    const job = await ask('/job');
    if (!job) return;
    setText(byId('job'), job.runs ? `run ${count(job.runs)}` : 'not yet run');
    setText(byId('job-by'), job.runs ? `by worker ${job.worker}, pid ${job.pid}, at ${clock(job.last_at_ms)}` : '');
}

/** Wires the counter's button and the setting's form. */
export function wireShared() {
    byId('count').addEventListener('click', async () => {
        if (await tell('/counter')) showCounter();
    });
    byId('change').addEventListener('submit', async (event) => {
        event.preventDefault();
        if (!await tell('/setting', { value: byId('value').value })) return;
        byId('value').value = '';
        showSetting();
    });
}
