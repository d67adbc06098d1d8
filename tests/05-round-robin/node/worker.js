// An ordinary HTTP server that knows of clusters only to say its number. With MOST, it refuses
// connections beyond that many.
'use strict';

const cluster = require('node:cluster');
const http = require('node:http');

const server = http.createServer((request, response) => {
  const text = `worker ${cluster.worker.id}, pid ${process.pid}\n`;
  response.setHeader('Connection', 'close');
  const delay = Number(new URL(request.url, 'http://x').searchParams.get('ms') ?? 0);
  if (delay > 0) setTimeout(() => response.end(text), delay);
  else response.end(text);
});
if (process.env.MOST) server.maxConnections = Number(process.env.MOST);
server.listen(Number(process.env.PORT), '127.0.0.1');
