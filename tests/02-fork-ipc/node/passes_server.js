// Passes a listening socket that nobody there can take, and then an ordinary message.
'use strict';
const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
    process.send('server', server);
    process.send('after');
});
process.on('disconnect', () => server.close());
process.on('message', () => {});
