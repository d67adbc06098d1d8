// Ordinary servers that know nothing of clusters: node plain_app.js http|net|unix|udp [PATH]
'use strict';
const dgram = require('node:dgram');
const http = require('node:http');
const net = require('node:net');

const [kind, path] = process.argv.slice(2);
const name = `${process.pid}\n`;
const port = Number(process.env.PORT ?? 0);
const tell = (error) => console.log(`app ${process.pid}: ${error.code} ${error.syscall}`);

if (kind === 'http') {
  http.createServer((request, response) => {
    response.setHeader('Connection', 'close');
    response.end(name);
  }).on('error', tell).listen(port, '127.0.0.1');
} else if (kind === 'net') {
  net.createServer((socket) => socket.end(name)).on('error', tell).listen(port);
} else if (kind === 'unix') {
  net.createServer((socket) => socket.end(name)).on('error', tell).listen(path);
} else {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (text, from) => socket.send(name, from.port, from.address));
  socket.on('error', tell).bind(port, '127.0.0.1');
}
