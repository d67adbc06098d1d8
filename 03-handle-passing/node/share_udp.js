// A UDP socket that a child answers on. Parent and child in one file.
//   node share_udp.js [--port PORT] [--child PROGRAM [ARGUMENT...]]
'use strict';
const dgram = require('node:dgram');

if (process.send) child(); else parent();

function child() {
    process.on('message', (message, socket) => {
        socket.on('message', (question, from) => {
            socket.send(`handled by child, pid is ${process.pid}`, from.port, from.address);
        });
        process.on('disconnect', () => socket.close());
    });
}

function parent() {
    const { port, startChild, log } = require('./family.js')('share_udp.js');
    const shared = dgram.createSocket('udp4');
    shared.bind(port, '127.0.0.1', () => {
        const open = shared.address().port;
        log(`UDP port ${open} is open`);
        const answering = startChild();
        answering.send('udp', shared, () => {
            shared.close();
            log('closed its own copy of the socket; the child goes on');
            const client = dgram.createSocket('udp4');
            client.on('message', (reply) => {
                log(`asked, was answered: ${reply}`);
                client.close();
                answering.disconnect();
            });
            client.send('who is there?', open, '127.0.0.1');
        });
    });
}
