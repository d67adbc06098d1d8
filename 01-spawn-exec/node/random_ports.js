// node random_ports.js: one HTTP server per cpu, each a process of its own on a random port.
// With --serve it is one of the servers.
'use strict';
const http = require('node:http');
const os = require('node:os');
const { spawn } = require('node:child_process');

function log(role, text) {
  process.stdout.write(`[${role} ${process.pid}] ${text}\n`);
}

function serve() {
  const server = http.createServer((request, response) => {
    const { port } = server.address();
    response.end(`hello from process ${process.pid} on port ${port}\n`);
  });
  const tryOne = () => server.listen(3000 + Math.floor(Math.random() * 1000), '127.0.0.1');
  server.on('error', (error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    tryOne();
  });
  server.on('listening', () => log('child', `listening on http://127.0.0.1:${server.address().port}/`));
  tryOne();
}

function parent() {
  const children = os.cpus().map(() => {
    const child = spawn(process.execPath, [__filename, '--serve'], { stdio: ['ignore', 'inherit', 'inherit'] });
    log('parent', `started child ${child.pid}`);
    return child;
  });
  // Node has no destructors and no parent death signal: this is forgotten easily, and a parent that
  // is killed hard leaves its servers behind.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      for (const child of children) child.kill();
      process.exit(0);
    });
  }
}

process.argv.includes('--serve') ? serve() : parent();
