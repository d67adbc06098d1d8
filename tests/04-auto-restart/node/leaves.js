// A worker that leaves on purpose when it is asked for /leave.
'use strict';
const cluster = require('cluster');
const http = require('http');

http.createServer((request, response) => {
  response.end('bye\n');
  if (request.url === '/leave') cluster.worker.disconnect();
}).listen(process.env.PORT);
