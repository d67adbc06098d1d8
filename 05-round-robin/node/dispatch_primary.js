// Accepts connections and sends each to the next of its workers, in turn. That is all: it sends and
// forgets, and the lesson shows what that costs.
//   node dispatch_primary.js [--port PORT] [--workers N]
'use strict';
const { fork } = require('node:child_process');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { values: given } = parseArgs({
    options: {
        port: { type: 'string', default: process.env.PORT ?? '8000' },
        workers: { type: 'string', default: String(os.availableParallelism()) },
    },
});
process.title = 'primary';
const log = (text) => process.stdout.write(`[primary ${process.pid}] ${text}\n`);

const workers = []; // by slot
let last = 0;
let stopping = false;

function start(slot) {
    const id = ++last;
    const env = { ...process.env, WORKER_ID: id };
    const worker = fork(path.join(__dirname, 'dispatch_worker.js'), { env });
    workers[slot] = worker;
    log(`worker ${id} started, pid ${worker.pid}`);
    worker.on('exit', (code, signal) => {
        log(`worker ${id} ended: ${signal ? `signal ${signal}` : `code ${code}`}`);
        if (!stopping) start(slot);
    });
    // A connection sent to a worker that has just gone: without this we would go, too.
    worker.on('error', (error) => log(`worker ${id}: ${error.message}`));
}
for (let slot = 0; slot < given.workers; ++slot) start(slot);

let i = 0;
// Paused: a byte that we read here would never reach the worker.
const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    workers[i].send('connection', socket);
    i = (i + 1) % workers.length;
});
server.listen(given.port, '127.0.0.1', () => {
    log(`listening on http://127.0.0.1:${server.address().port}/`);
});

function stop() {
    stopping = true;
    server.close();
    for (const worker of workers) if (worker.connected) worker.disconnect();
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
