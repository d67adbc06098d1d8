// The child of handle_rate, the C++ program's or Node's: counts the connections that it gets, and
// closes them. Asked with `true`, it says how many have come since the last question, and what
// that has cost.
'use strict';
const { Socket } = require('node:net');
const { stopwatch } = require('./measurement');

let count = 0;
let watch = stopwatch();
process.on('message', (message, socket) => {
    if (message === true) {
        process.send({ count, cpu_us: watch.cpuUs() });
        count = 0;
        watch = stopwatch();
    } else if (message === 'connection' && socket instanceof Socket && socket.remotePort) {
        ++count;
        socket.destroy();
    } else {
        console.error('error: no connection has come with the message');
        process.exit(1);
    }
});
