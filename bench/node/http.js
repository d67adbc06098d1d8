// Node's cluster at the same work: `node http.js PORT WORKERS`. A worker that dies is replaced.
'use strict';
const cluster = require('node:cluster');
const http = require('node:http');

const [port, workers] = process.argv.slice(2).map(Number);

if (cluster.isPrimary) {
    for (let n = 0; n < workers; ++n) cluster.fork();
    cluster.on('listening', (worker) => console.log(`worker ${worker.id} listens on ${port}`));
    let ends = false;
    cluster.on('exit', () => {
        if (!ends) cluster.fork();
        else if (Object.keys(cluster.workers).length === 0) process.exit(0);
    });
    process.on('SIGTERM', () => {
        ends = true;
        for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
    });
} else {
    const server = http.createServer((request, response) => {
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.end('hello\n');
    });
    server.listen({ port, host: '127.0.0.1', backlog: 4096 });
}
