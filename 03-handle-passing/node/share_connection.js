// The parent that accepts and sends each connection to a child, in turn. In Node.
//
//   node share_connection.js [PORT] [CHILD [ARGUMENT...]]     PORT 0 picks a free one
'use strict';
const { spawn } = require('child_process');
const net = require('net');
const path = require('path');

const port = process.argv[2] ?? process.env.PORT ?? 8000;
const command = process.argv.slice(3);
if (command.length === 0) command.push(process.execPath, path.join(__dirname, 'share_server_child.js'));

const log = (text) => console.log(`[parent ${process.pid}] ${text}`);

const children = [1, 2].map(() => {
  const child = spawn(command[0], command.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  child.served = 0;
  child.on('message', (message) => { child.served = message.served; });
  return child;
});

let next = 0;
// Paused: a byte that we read here would never reach the child.
const server = net.createServer({ pauseOnConnect: true }, (socket) => {
  children[next].send('connection', socket);
  next = (next + 1) % children.length;
});
server.listen(port, '127.0.0.1', () => log(`listening on http://127.0.0.1:${server.address().port}/`));

// The server is closed when the last of its connections has ended, in whichever process that is.
const stop = () => server.close(() => {
  log('every connection has ended');
  for (const child of children) {
    log(`  by child ${child.pid}: ${child.served}`);
    child.send('stop');
  }
});
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
