// A UDP socket, answered by children. Parent and child in one file, in Node.
//
//   node share_udp.js [CHILD [ARGUMENT...]]
'use strict';
const { spawn } = require('child_process');
const dgram = require('dgram');

if (process.send) {
  process.on('message', (message, socket) => {
    socket.on('message', (question, from) =>
      socket.send(`handled by child, pid is ${process.pid}`, from.port, from.address));
    process.on('disconnect', () => socket.close());
  });
} else {
  const command = process.argv.slice(2);
  if (command.length === 0) command.push(process.execPath, __filename);
  const log = (text) => console.log(`[parent ${process.pid}] ${text}`);
  const shared = dgram.createSocket('udp4');
  shared.bind(0, '127.0.0.1', () => {
    const { port } = shared.address();
    log(`UDP port ${port} is open`);
    const child = spawn(command[0], command.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    child.send('udp', shared, () => {
      shared.close();
      log('closed its own copy of the socket; the child goes on');
      const client = dgram.createSocket('udp4');
      client.on('message', (reply) => {
        log(`asked, was answered: ${reply}`);
        client.close();
        child.disconnect();
      });
      client.send('who is there?', port, '127.0.0.1');
    });
  });
}
