// Listens on a port and lets two children answer: each gets the server itself.
//   node share_server_parent.js [--port PORT] [--child PROGRAM [ARGUMENT...]]
'use strict';
const http = require('node:http');
const net = require('node:net');
const { port, startChild, log } = require('./family.js')('share_server_child.js');

const app = http.createServer((request, response) => response.end('handled by parent\n'));
const server = net.createServer((socket) => app.emit('connection', socket));

server.listen(port, '127.0.0.1', () => {
    log(`listening on http://127.0.0.1:${server.address().port}/`);
    const children = [startChild(), startChild()];
    let waiting = children.length;
    for (const child of children) {
        child.send('server', server, () => {
            log(`child ${child.pid} has the port`);
            waiting -= 1;
            // Until here the parent takes its share of the connections too.
            if (waiting === 0) server.close(() => log('closed its own copy; the children go on'));
        });
        child.on('message', ({ served }) => { child.served = served; });
        child.on('close', () => log(`  by child ${child.pid}: ${child.served ?? 0}`));
    }
    const stop = () => children.forEach((child) => child.connected && child.send('stop', () => {}));
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
});
