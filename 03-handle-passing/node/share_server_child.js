// Answers HTTP on the sockets that its parent sends it: a listening one, or connections.
'use strict';
const http = require('node:http');

let served = 0;
const app = http.createServer((request, response) => {
    served += 1;
    const found = request.url === '/' || request.url === '/index';
    response.statusCode = found ? 200 : 404;
    response.end(found ? `handled by child, pid is ${process.pid}\n` : 'there is nothing here\n');
    if (process.connected) process.send({ served }, () => {});
});

let shared = null;
process.on('message', (message, handle) => {
    if (message === 'stop') {
        stop();
    } else if (message === 'server') {
        shared = handle;
        shared.on('connection', (socket) => app.emit('connection', socket));
    } else if (message === 'connection' && handle) { // none if its client has gone on the way
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
