// handle_rate: how fast sockets go from a parent to its child, in Node. One operation is a TCP
// connection that the child (handle_child.js) has received, looked at and closed. The twin is
// bench/programs/handle_rate.cpp.
//
// The connections are made beforehand, 500 at a time, and only the passing is measured.
'use strict';
const { fork } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { flags, expect, stopwatch, print } = require('./measurement');

const WARM_UP = 0.3; // seconds
const COUNT = 500; // fewer than the door's backlog

// Each handle waits for the answer to the one before; on every answer Node queues all that still
// wait once more, so that a short queue is the quickest.
const given = flags({ seconds: 2, queued: 4 });

/**
 * Connections to ourselves, by their two ends. Passed are those that have connected: an accepted
 * one would drag along its server, which counts it in each process.
 */
async function connections(door) {
    const others = [];
    const complete = new Promise((resolve) => {
        door.removeAllListeners('connection');
        door.on('connection', (socket) => others.push(socket) === COUNT && resolve());
    });
    const ours = Array.from({ length: COUNT }, () => net.connect(door.address().port, '127.0.0.1'));
    await Promise.all([complete, ...ours.map((socket) => once(socket, 'connect'))]);
    return { ours, others };
}

/** Asks how many have come since the last question, and what that has cost. */
async function ask(child) {
    child.send(true);
    return (await once(child, 'message'))[0];
}

function passAll(child, sockets) {
    return new Promise((resolve) => {
        let next = 0;
        const sendMore = (error) => {
            expect(!error, 'a connection could not be sent');
            if (next === COUNT) return resolve();
            for (let n = 1; n < given.queued && next + 1 < COUNT; ++n) {
                child.send('connection', sockets[next++]);
            }
            return child.send('connection', sockets[next++], sendMore);
        };
        sendMore();
    });
}

async function measure(child, door, seconds) {
    const sum = { operations: 0, seconds: 0, cpu_us: 0 };
    while (sum.seconds < seconds) {
        const fresh = await connections(door);
        await ask(child);
        const watch = stopwatch();
        await passAll(child, fresh.ours);
        const told = await ask(child);
        sum.operations += COUNT;
        sum.seconds += watch.seconds();
        sum.cpu_us += watch.cpuUs() + told.cpu_us;
        expect(told.count === COUNT, 'the child has not received every connection');
        // Ends with a reset: otherwise the ports would soon be all in TIME_WAIT.
        for (const socket of fresh.others) socket.resetAndDestroy();
    }
    return sum;
}

async function lead() {
    const door = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    const child = fork(path.join(__dirname, 'handle_child.js'));
    await measure(child, door, WARM_UP);
    const sum = await measure(child, door, given.seconds);

    child.disconnect();
    const [code] = await once(child, 'exit');
    expect(code === 0, 'the child has failed');
    door.close();
    print(sum);
}

lead();
