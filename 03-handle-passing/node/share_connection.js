// Accepts connections and sends each to a child, in turn.
//   node share_connection.js [--port PORT] [--child PROGRAM [ARGUMENT...]]
'use strict';
const net = require('node:net');
const { port, startChild, log } = require('./family.js')('share_server_child.js');

const children = [startChild(), startChild()];
for (const child of children) child.on('message', ({ served }) => { child.served = served; });

let next = 0;
// Paused: a byte that we read here would never reach the child.
const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    children[next].send('connection', socket);
    next = (next + 1) % children.length;
});
server.listen(port, '127.0.0.1', () => {
    log(`listening on http://127.0.0.1:${server.address().port}/`);
});

// The server is closed when the last of its connections has ended, in whichever process that is.
const stop = () => server.close(() => {
    log('every connection has ended');
    for (const child of children) {
        log(`  by child ${child.pid}: ${child.served ?? 0}`);
        if (child.connected) child.send('stop', () => {});
    }
});
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
