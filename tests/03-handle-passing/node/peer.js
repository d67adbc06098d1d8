// The other end of a channel, in real Node: as a child, or (with a program to start) as a parent.
// Does what messages tell it, {"do": "…"}, and takes every handle that comes.
'use strict';
const { spawn } = require('child_process');
const dgram = require('dgram');
const net = require('net');

const program = process.argv[2];
const peer = program === undefined
  ? process
  : spawn(program, [], { stdio: ['inherit', 'inherit', 'inherit', 'ipc', 3] });

let server = null;
const commands = {
  server() { // passes a listening server and keeps none
    const passed = net.createServer();
    passed.listen(0, '127.0.0.1', () => {
      const { port } = passed.address();
      peer.send('server', passed, () => passed.close(() => peer.send({ closed: port })));
    });
  },
  socket({ keepOpen = false, text = 'socket' }) { // passes every connection that it accepts
    server = net.createServer({ pauseOnConnect: true }, (socket) => peer.send(text, socket, { keepOpen }));
    server.listen(0, '127.0.0.1', () => peer.send({ port: server.address().port }));
  },
  udp() {
    const passed = dgram.createSocket('udp4');
    passed.bind(0, '127.0.0.1', () => peer.send('udp', passed, () => passed.close()));
  },
  pipe({ path }) { // the same with connections on a unix socket
    const passing = net.createServer({ pauseOnConnect: true }, (socket) => {
      passing.close();
      peer.send('pipe', socket);
    });
    passing.listen(path, () => peer.send('pipe is open'));
  },
  count() { server.getConnections((error, count) => peer.send({ count })); },
  close() { server.close(() => peer.send('server is closed')); },
  say({ text }) { peer.send(text); },
  both({ times }) { // sends handles, whatever comes meanwhile
    const passed = net.createServer();
    passed.listen(0, '127.0.0.1', () => {
      let left = times;
      for (let n = 0; n < times; n += 1) {
        peer.send(n, passed, () => { left -= 1; if (left === 0) passed.close(); });
      }
    });
  },
};

// Takes a handle, uses it, and tells what it is.
function take(message, handle) {
  if (handle instanceof net.Server) {
    handle.on('connection', (socket) => { socket.end('node serves'); handle.close(); });
    peer.send({ took: message, as: 'net.Server' });
  } else if (handle instanceof net.Socket) {
    if (message !== 'quietly') handle.on('data', (data) => handle.write(`node heard ${data}`));
    handle.on('end', () => handle.end());
    handle.on('error', () => {});
    handle.resume();
    peer.send({ took: message, as: 'net.Socket' });
  } else if (handle instanceof dgram.Socket) {
    handle.on('message', (data, from) =>
      handle.send(`node heard ${data}`, from.port, from.address, () => handle.close()));
    peer.send({ took: message, as: 'dgram.Socket' });
  } else {
    peer.send({ took: message, as: handle ? handle.constructor.name : null });
    if (handle && handle.close) handle.close();
  }
}

peer.on('message', (message, handle) => {
  if (message && message.do) commands[message.do](message);
  else take(message, handle);
});
peer.on('disconnect', () => process.exit(0));
peer.send('ready');
