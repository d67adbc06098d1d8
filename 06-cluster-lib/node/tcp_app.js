// A server that knows nothing of clusters: alone it has its port; under a primary, ours or Node's,
// it shares it with the other workers.     node tcp_app.js [--port PORT]
'use strict';
const net = require('node:net');
const { parseArgs } = require('node:util');

const { values: given } = parseArgs({ options: { port: { type: 'string', default: '8124' } } });

const server = net.createServer((socket) => {
    socket.resume(); // unread, it would never see the client go, and the worker could not leave
    socket.end(`hello from ${process.pid}\n`);
});
server.listen(Number(given.port), () => {
    console.log(`[tcp_app ${process.pid}] listening on port ${server.address().port}`);
});
