// A small cluster that lives through one story and tells what its primary sees, a line an event:
// node scenarios.js SCENARIO [PROGRAM]. The workers are this script, or PROGRAM: see scenarios.cpp,
// which tells the same stories.
'use strict';
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const net = require('node:net');

const [scenario, program] = process.argv.slice(2);
const disconnect = (worker) => worker.disconnect();
const go = (worker) => worker.send('go'); // the worker does what the scenario wants of it
const listen = (port = 0) => net.createServer().listen(port, '127.0.0.1');

// What the primary does when, and what the worker does at first and on "go".
const stories = {
  disconnected: { listening: disconnect, first: listen },
  killed: { listening: (worker) => worker.kill(), first: listen },
  killed_hard: { listening: (worker) => worker.kill('SIGKILL'), first: listen },
  crashes: { listening: go, first: listen, go() { throw new Error('on purpose'); } },
  exits: { listening: go, first: listen, go() { process.exit(7); } },
  leaves: { listening: go, first: listen, go() { cluster.worker.disconnect(); } },
  kills_itself: { listening: go, first: listen, go() { cluster.worker.kill(); } },
  hangs_up: { listening: go, first: listen, go() { process.disconnect(); } },
  speaks_first: { listening: disconnect, first() { process.send({ first: true }); listen(); } },
  is_spoken_to: { forked: go, message: disconnect, go(text) { process.send({ heard: text }); } },
  told_early: { forked: disconnect, first: listen },
  told_online: { online: disconnect },
  datagrams: { listening: disconnect, first() { dgram.createSocket('udp4').bind(0, '127.0.0.1'); } },
  two_sockets: { listening: after(2, disconnect), first() { listen(); listen(); } },
  two_workers: { forks: 2, listening: after(2, () => cluster.disconnect()), first: listen },
  replaced: {
    listening: go, first: listen,
    go() { if (cluster.worker.id === 1) process.exit(7); else cluster.worker.disconnect(); },
    exit(worker) { if (worker.id === 1) cluster.fork(); },
  },
  fails_to_listen: {
    message: disconnect, needs_port: true,
    first() { listen(process.env.TAKEN).on('error', ({ code }) => process.send({ error: code })); },
  },
};
const story = stories[scenario];

function after(times, act) {
  return (...what) => { times -= 1; if (times === 0) act(...what); };
}

function lead(env) {
  const tell = (event, line = () => '') => cluster.on(event, (worker, ...rest) => {
    console.log(`${worker.id} ${event}${line(worker, ...rest)}`);
    story[event]?.(worker);
  });
  tell('fork');
  tell('online');
  tell('listening', (worker, { address, addressType }) => ` ${address} ${addressType}`);
  tell('message', (worker, message) => ` ${JSON.stringify(message)}`);
  tell('disconnect');
  tell('exit', (worker, code, signal) =>
    ` ${code} ${signal} after_disconnect=${worker.exitedAfterDisconnect}`);

  if (program) cluster.setupPrimary({ exec: scenario, args: [], execArgv: [] });
  const node = process.execPath;
  process.execPath = program ?? node;
  for (let n = 0; n < (story.forks ?? 1); n += 1) {
    const worker = cluster.fork(env);
    story.forked?.(worker);
  }
}

if (cluster.isWorker) {
  if (story.go) process.on('message', story.go);
  story.first?.();
} else if (story.needs_port) {
  const taken = listen();
  taken.unref().on('listening', () => lead({ TAKEN: taken.address().port }));
} else {
  lead({});
}
