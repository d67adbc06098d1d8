// Answers HTTP on the connections that dispatch_primary.js sends it.
//   GET /   GET /slow?ms=N
'use strict';
const http = require('node:http');

const id = process.env.WORKER_ID;
process.title = `worker ${id}`;
process.on('SIGINT', () => {}); // Ctrl-C is the primary's to answer

const app = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const answer = () => response.end(`worker ${id}, pid ${process.pid}\n`);
    if (url.pathname === '/slow') setTimeout(answer, Number(url.searchParams.get('ms')));
    else answer();
});

process.on('message', (message, socket) => {
    if (socket) app.emit('connection', socket); // none if its client has gone on the way
});
