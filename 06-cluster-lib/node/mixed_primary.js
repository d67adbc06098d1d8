// A real Node primary whose workers are Node and C++, side by side on one port.
//   node mixed_primary.js [--policy rr|none] [--node N] [--cpp N] [--port PORT] -- PROGRAM
'use strict';
const cluster = require('node:cluster');
const path = require('node:path');
const { parseArgs } = require('node:util');

const text = (value) => ({ type: 'string', default: value });
const { values: given, positionals: [program] } = parseArgs({
    allowPositionals: true,
    options: {
        policy: text('rr'), node: text('2'), cpp: text('2'), port: text(process.env.PORT ?? '8000'),
    },
});
const log = (line) => process.stdout.write(`[primary ${process.pid}] ${line}\n`);

cluster.schedulingPolicy = given.policy === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR;
// Node starts `execPath script arguments`; no setting has an execPath, so node's own path is lent.
cluster.setupPrimary({
    exec: path.join(__dirname, 'http_app.js'), args: ['--port', given.port], execArgv: [],
});
cluster.on('fork', ({ id, process: { pid } }) => log(`worker ${id} started, pid ${pid}`));
cluster.on('listening', ({ id }, { port }) => {
    log(`worker ${id} listens on http://127.0.0.1:${port}/`);
});
cluster.on('exit', ({ id, process: { pid } }, code, signal) => {
    log(`worker ${id} (pid ${pid}) ended: code ${code} signal ${signal}`);
});

for (let n = 0; n < given.node; ++n) cluster.fork();
const node = process.execPath;
process.execPath = program;
for (let n = 0; n < given.cpp; ++n) cluster.fork();
process.execPath = node;

// With the last worker ends what keeps this process running: it exits with 0.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => cluster.disconnect());
