// Who gets how many connections under the two policies of Node's cluster, shared (SCHED_NONE) and
// round robin (SCHED_RR)?
//   node compare_scheduling.js [--policy shared|round-robin] [--workers N] [--connections N]
//                              [--at-once N] [--program PROGRAM]
// The workers answer by themselves, unless --program names another, such as our dispatch_worker.
'use strict';
const cluster = require('node:cluster');
const http = require('node:http');

if (cluster.isPrimary) primary(); else worker();

function worker() {
    const answer = `worker ${cluster.worker.id}, pid ${process.pid}\n`;
    http.createServer((request, response) => response.end(answer)).listen(0, '127.0.0.1');
}

async function primary() {
    const { parseArgs } = require('node:util');
    const text = (value) => ({ type: 'string', default: value });
    const { values: given } = parseArgs({
        options: {
            policy: text('round-robin'), workers: text('4'), connections: text('200'),
            'at-once': text('100'), program: { type: 'string' },
        },
    });
    // Chosen once, before the first worker is started.
    cluster.schedulingPolicy = given.policy === 'shared' ? cluster.SCHED_NONE : cluster.SCHED_RR;
    // A worker that is not Node's is started as PROGRAM exec args…, so these are chosen to be flags.
    if (given.program) cluster.setupPrimary({ exec: '--port', args: ['0'], execArgv: [] });

    const node = process.execPath;
    process.execPath = given.program ?? node;
    for (let n = 0; n < given.workers; ++n) cluster.fork();
    process.execPath = node;

    const port = await untilAllListen(Number(given.workers));
    print(given, await ask(port, Number(given.connections), Number(given['at-once'])));
    cluster.disconnect();
}

function untilAllListen(count) {
    return new Promise((resolve) => {
        let listening = 0;
        cluster.on('listening', (who, address) => {
            listening += 1;
            if (listening === count) resolve(address.port);
        });
    });
}

// One request a connection; answers.get(id) is how many worker `id` has answered.
async function ask(port, connections, atOnce) {
    const answers = new Map();
    let left = connections;
    const client = async () => {
        while (left-- > 0) {
            const text = await body(port);
            const id = Number(/worker (\d+)/.exec(text)[1]);
            answers.set(id, (answers.get(id) ?? 0) + 1);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, client));
    return answers;
}

function body(port) {
    return new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, agent: false }; // a connection of its own
        http.get(options, (response) => {
            let text = '';
            response.on('data', (chunk) => { text += chunk; });
            response.on('end', () => resolve(text));
        }).on('error', reject);
    });
}

function print(given, answers) {
    const shares = Array.from({ length: Number(given.workers) }, (_, n) => answers.get(n + 1) ?? 0);
    const most = Math.max(...shares);
    console.log(`Node's cluster, ${given.policy}`);
    shares.forEach((share, n) => {
        const bar = '#'.repeat(Math.floor((share * 40) / most));
        console.log(`  worker ${n + 1} ${String(share).padStart(6)} ${bar}`);
    });
}
