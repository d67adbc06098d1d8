// A cluster in ten lines: this script is its primary, and each of its workers.
//   node http_cluster.js [PORT]
'use strict';
const cluster = require('node:cluster');
const http = require('node:http');
const os = require('node:os');

if (cluster.isPrimary) lead(); else work();

function lead() {
    for (let n = 0; n < os.availableParallelism(); ++n) cluster.fork();
    cluster.on('listening', (worker, { port }) => {
        console.log(`worker ${worker.id} listens on http://127.0.0.1:${port}/`);
    });
    cluster.on('exit', (worker) => console.log(`worker ${worker.process.pid} died`));
}

function work() {
    const port = Number(process.argv[2] ?? process.env.PORT ?? 8000);
    const hello = `hello from worker ${cluster.worker.id}, pid ${process.pid}\n`;
    http.createServer((request, response) => response.end(hello)).listen(port);
}
