// An HTTP server that knows nothing of clusters: see tcp_app.js. It answers with its pid.
//   node http_app.js [--port PORT]
'use strict';
const http = require('node:http');
const { parseArgs } = require('node:util');

const { values: given } = parseArgs({
    options: { port: { type: 'string', default: process.env.PORT ?? '8000' } },
});

const server = http.createServer((request, response) => response.end(`${process.pid}\n`));
server.listen(Number(given.port), () => {
    console.log(`[http_app ${process.pid}] listening on port ${server.address().port}`);
});
