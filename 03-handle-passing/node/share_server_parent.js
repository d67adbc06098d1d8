// The parent that listens and lets its children answer. In Node.
//
//   node share_server_parent.js [PORT] [CHILD [ARGUMENT...]]     PORT 0 picks a free one
'use strict';
const { spawn } = require('child_process');
const http = require('http');
const net = require('net');
const path = require('path');

const port = process.argv[2] ?? process.env.PORT ?? 8000;
const command = process.argv.slice(3);
if (command.length === 0) command.push(process.execPath, path.join(__dirname, 'share_server_child.js'));

const log = (text) => console.log(`[parent ${process.pid}] ${text}`);
const served = new Map();

const app = http.createServer((request, response) => response.end('handled by parent\n'));
const server = net.createServer((socket) => app.emit('connection', socket));
server.listen(port, '127.0.0.1', () => {
  log(`listening on http://127.0.0.1:${server.address().port}/`);
  const children = [1, 2].map(() => {
    const child = spawn(command[0], command.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (message) => served.set(child.pid, message.served));
    child.on('exit', () => {
      children.splice(children.indexOf(child), 1);
      if (children.length === 0) report();
    });
    return child;
  });

  let waiting = children.length;
  for (const child of children) {
    child.send('server', server, () => {
      log(`child ${child.pid} has the port`);
      waiting -= 1;
      // Until here the parent takes its share of the connections too.
      if (waiting === 0) server.close(() => log('closed its own copy of the port; the children go on'));
    });
  }
  const stop = () => children.forEach((child) => child.connected && child.send('stop'));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
});

function report() {
  for (const [pid, count] of served) log(`  by child ${pid}: ${count}`);
}
