// A real Node primary: node primary.js rr|none WORKERS PROGRAM [ARGUMENT...]. It starts PROGRAM,
// which need not be Node, as its workers; SIGINT disconnects them.
'use strict';

const cluster = require('node:cluster');

const [policy, count, program, ...args] = process.argv.slice(2);
cluster.schedulingPolicy = policy === 'rr' ? cluster.SCHED_RR : cluster.SCHED_NONE;
// Node starts `execPath exec args...`: the first argument stands where a script's name would.
cluster.setupPrimary({ exec: args[0], args: args.slice(1), execArgv: [] });
cluster.on('fork', (worker) => {
  console.log(`[node] worker ${worker.id} started, pid ${worker.process.pid}`);
});
cluster.on('listening', (worker, address) => {
  console.log(`[node] worker ${worker.id} listens on http://127.0.0.1:${address.port}/`);
});
cluster.on('exit', (worker, code, signal) => {
  const how = signal ? `signal ${signal}` : `code ${code}`;
  const wanted = worker.exitedAfterDisconnect ? ', as it should' : '';
  console.log(`[node] worker ${worker.id} (pid ${worker.process.pid}) ended: ${how}${wanted}`);
});

const node = process.execPath;
process.execPath = program;
for (let n = 0; n < Number(count); n += 1) cluster.fork();
process.execPath = node;
process.on('SIGINT', () => cluster.disconnect());
