// The child that answers HTTP on the sockets it is sent: a listening one, or connections. In Node.
'use strict';
const http = require('http');

let served = 0;
const app = http.createServer((request, response) => {
  served += 1;
  const found = request.url === '/' || request.url === '/index';
  response.writeHead(found ? 200 : 404, { 'Content-Type': 'text/plain' });
  response.end(found ? `handled by child, pid is ${process.pid}\n` : 'there is nothing here\n');
  if (process.connected) process.send({ served });
});

let shared = null;
process.on('message', (message, handle) => {
  if (message === 'stop') return stop();
  if (message === 'server') {
    shared = handle;
    shared.on('connection', (socket) => app.emit('connection', socket));
  } else if (message === 'connection' && handle) { // the client may have gone on the way
    app.emit('connection', handle);
  }
});
process.on('disconnect', stop);
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

function stop() {
  if (shared) shared.close();
  shared = null;
  app.closeIdleConnections();
  if (process.connected) process.disconnect();
}
