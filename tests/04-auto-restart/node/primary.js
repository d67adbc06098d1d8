// A cluster of Node's whose workers are another program: primary.js WORKER ARGUMENTS...
// Says of them what our primary says.
'use strict';
const cluster = require('cluster');

const [worker, first, ...rest] = process.argv.slice(2);
const say = (text) => console.log(`[node ${process.pid}] ${text}`);

cluster.schedulingPolicy = cluster.SCHED_NONE;
// The worker is started as `worker EXEC ARGS...`.
cluster.setupPrimary({ exec: first, args: rest, execArgv: [] });

function fork() {
  const node = process.execPath;
  process.execPath = worker;
  const forked = cluster.fork();
  process.execPath = node;
  say(`worker ${forked.id} started, pid ${forked.process.pid}`);
}

let stopping = false;
cluster.on('listening', ({ id }, { address, port }) => say(`worker ${id} listens on http://${address}:${port}/`));
cluster.on('exit', ({ id, process: { pid }, exitedAfterDisconnect }, code, signal) => {
  const how = signal ? `signal ${signal}` : `code ${code}`;
  say(`worker ${id} (slot 0, pid ${pid}) ended: ${how}${exitedAfterDisconnect ? ', as it should' : ''}`);
  if (!stopping) fork();
});
process.on('SIGTERM', () => {
  stopping = true;
  cluster.disconnect();
});
fork();
fork();
