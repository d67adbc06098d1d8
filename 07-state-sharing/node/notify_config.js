// One setting for three workers: one changes it, and the others are told by way of the primary.
//   node notify_config.js [VALUE...]
'use strict';
const cluster = require('node:cluster');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

if (cluster.isPrimary) lead(process.argv.slice(2)); else work(process.env.STATE_FILE);

function lead(values) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'config-'));
    for (let n = 0; n < 3; ++n) cluster.fork({ STATE_FILE: path.join(folder, 'state.json') });

    // Who writes the setting says so; all the others are to look at it.
    cluster.on('message', (writer, message) => {
        for (const worker of Object.values(cluster.workers)) {
            if (message === 'changed' && worker !== writer) worker.send('changed');
        }
    });

    let waiting = 3; // for so many to be there, or to have heard
    cluster.on('message', (from, message) => {
        if (message !== 'done' || --waiting > 0) return;
        if (values.length === 0) return cluster.disconnect(() => fs.rmSync(folder, { recursive: true }));
        waiting = 3;
        cluster.workers[1].send({ set: values.shift() });
    });
}

function work(file) {
    const log = (text) => console.log(`[worker ${cluster.worker.id} ${process.pid}] ${text}`);
    const now = () => Number(process.hrtime.bigint() / 1000n); // microseconds, of a clock that all share
    process.on('message', (message) => {
        if (message.set) {
            log(`writes "${message.set}"`);
            // Beside it, then renamed: nobody reads one half of it.
            fs.writeFileSync(`${file}.tmp`, JSON.stringify({ value: message.set, writtenAt: now() }));
            fs.renameSync(`${file}.tmp`, file);
            process.send('changed');
        }
        const { value, writtenAt } = JSON.parse(fs.readFileSync(file, 'utf8'));
        log(`heard "${value}" ${((now() - writtenAt) / 1000).toFixed(1)} ms after it was written`);
        process.send('done');
    });
    process.send('done');
}
