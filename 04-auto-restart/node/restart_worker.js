// Answers HTTP under restart_primary, ours or restart_primary.js. Or alone: it is an ordinary http
// server. What makes it a good worker is how it leaves.
//   [--patience MILLISECONDS]   how long a worker that failed may still answer; 0: for ever
//
//   GET /              pid, and how many workers came before this one
//   GET /crash         throws where nobody catches; ?in=timer: later, from a timer
//   GET /slow?ms=N     answers after N milliseconds
//   GET /exit?code=N   exits at once, in the middle of everything
'use strict';
const { AsyncLocalStorage } = require('node:async_hooks');
const cluster = require('node:cluster');
const http = require('node:http');

const id = cluster.worker?.id ?? 0;
const given = process.argv.indexOf('--patience');
const patience = given === -1 ? 5000 : Number(process.argv[given + 1]);
process.title = `worker ${id}`;
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal; the primary answers it

// Whose request is being worked on, also in a timer that the request has set.
const asked = new AsyncLocalStorage();
// async: what a handler throws is then told with its request; a plain exception forgets it.
const server = http.createServer((request, response) => {
    asked.run(response, async () => answer(request, response));
});
server.listen(process.env.PORT ?? 8000, '127.0.0.1');

function answer(request, response) {
    const url = new URL(request.url, 'http://localhost');
    const number = (name, otherwise) => Number(url.searchParams.get(name) ?? otherwise);
    const crash = () => { throw new Error('nobody catches this'); };
    switch (url.pathname) {
    case '/':
        return say(response, 200, `worker ${id}, pid ${process.pid}, after ${id - 1} others\n`);
    case '/slow':
        return setTimeout(() => say(response, 200, 'that was slow\n'), number('ms', 1000));
    case '/crash':
        return url.searchParams.get('in') === 'timer' ? setTimeout(crash, 0) : crash();
    case '/exit':
        return process.exit(number('code', 1));
    default:
        return say(response, 404, 'there is nothing here\n');
    }
}

let leaving = false;

function say(response, status, text) {
    if (leaving) response.setHeader('Connection', 'close'); // or its connection could last
    response.writeHead(status).end(text);
}

process.on('uncaughtException', (error) => {
    suicide(error.message);
    const response = asked.getStore();
    if (response && !response.headersSent) say(response, 500, 'Internal Server Error\n');
});

function suicide(reason) {
    if (leaving) return;
    leaving = true;
    // Node sends a message with its own prefix as any other; the receiver keeps it from the
    // application ('message') and tells it to the inner circle ('internalMessage').
    process.send?.({ cmd: 'NODE_CLUSTER', act: 'suicide', reason });
    server.close(() => process.exit(1));
    if (patience > 0) setTimeout(() => process.exit(1), patience);
}
