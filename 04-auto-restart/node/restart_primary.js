// Keeps workers running that answer HTTP on one port, with Node's cluster.
//   node restart_primary.js [--port PORT] [--workers N] [--program PROGRAM]
// The workers are restart_worker.js unless --program names another, such as our restart_worker.
//
// Give it two workers or more: cluster closes the port when the last one that listens has left, and
// the replacement of a single worker opens it again a moment later.
'use strict';
const cluster = require('node:cluster');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { values: given } = parseArgs({
    options: {
        port: { type: 'string', default: process.env.PORT ?? '8000' },
        workers: { type: 'string', default: String(os.availableParallelism()) },
        program: { type: 'string' },
    },
});
process.title = 'primary';
const log = (text) => process.stdout.write(`[primary ${process.pid}] ${text}\n`);

cluster.schedulingPolicy = cluster.SCHED_NONE; // workers accept by themselves; stage 05 does it better
// A worker that is not Node's is started as PROGRAM exec args…, so these are chosen to be flags.
cluster.setupPrimary(given.program
    ? { exec: '--port', args: [given.port], execArgv: [] }
    : { exec: path.join(__dirname, 'restart_worker.js'), args: [] });

const workers = new Map(); // by pid; cluster.workers forgets those that were told to leave
let stopping = false;

function start() {
    const node = process.execPath;
    process.execPath = given.program ?? node;
    const worker = cluster.fork({ PORT: given.port });
    process.execPath = node;
    if (!worker.process.pid) return; // told by 'error'
    workers.set(worker.process.pid, worker);
    log(`worker ${worker.id} started, pid ${worker.process.pid}`);
    let replaced = false;
    const replace = () => {
        if (!replaced && !stopping && !tooMany()) start();
        replaced = true;
    };
    worker.process.on('internalMessage', (message) => {
        if (message.cmd !== 'NODE_CLUSTER' || message.act !== 'suicide') return;
        log(`worker ${worker.id} asks to be replaced: ${message.reason}`);
        replace(); // now, not when it has gone
    });
    worker.on('exit', (code, signal) => {
        workers.delete(worker.process.pid);
        log(`worker ${worker.id} ended: ${signal ? `signal ${signal}` : `code ${code}`}`);
        if (!worker.exitedAfterDisconnect) replace();
    });
}

cluster.on('listening', (worker, { port }) => {
    log(`worker ${worker.id} listens on http://127.0.0.1:${port}/`);
});

const failures = []; // when the last ones were
function tooMany() {
    const limit = Math.max(10, 3 * given.workers);
    const now = Date.now();
    failures.push(now);
    while (now - failures[0] >= 60_000) failures.shift();
    if (failures.length > limit) log('too many failures, giving up');
    return failures.length > limit;
}

function stop() {
    if (!stopping) log('stopping: the workers finish what they have');
    if (!stopping) cluster.disconnect();
    stopping = true;
    setTimeout(killAll, 30_000).unref();
}
function killAll() {
    for (const worker of workers.values()) worker.process.kill('SIGKILL');
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.on('SIGQUIT', () => {
    stopping = true;
    killAll();
    process.exitCode = 131;
});
process.on('exit', killAll); // not after SIGKILL: then each worker sees the end of its channel

for (let n = 0; n < given.workers; ++n) start();
