// ipc_rate: how fast a parent and its child exchange messages, in Node. It forks itself as the
// child. Operations and flags as in its twin, bench/programs/ipc_rate.cpp.
'use strict';
const { fork } = require('node:child_process');
const { once } = require('node:events');
const { flags, expect, stopwatch, addLatencies, print } = require('./measurement');

const WARM_UP = 300; // ms
const TEXT_SIZE = 76;
const FIRST_NUMBER = 1000000; // seven digits: 100 bytes with the newline

const given = flags({ mode: 'one-way', bytes: 65536, seconds: 2 });

/** Asks how much has come since the last question, and what that has cost. */
async function ask(child) {
    child.send(true);
    return (await once(child, 'message'))[0];
}

// send() writes at once. When it says that too much is queued, the next message's callback tells
// that all is written; a callback on every message would cost a turn of the event loop each.
function oneWay(child, end) {
    const message = { n: 0, text: 'x'.repeat(TEXT_SIZE) };
    let count = 0;
    return new Promise((resolve) => {
        const sendMore = () => {
            while (count % 64 !== 0 || performance.now() < end) {
                message.n = FIRST_NUMBER + count++;
                if (!child.send(message)) {
                    message.n = FIRST_NUMBER + count++;
                    return child.send(message, sendMore);
                }
            }
            return resolve({ count, latencies: [] });
        };
        sendMore();
    });
}

function roundTrips(child, end, messageOf) {
    const latencies = [];
    return new Promise((resolve) => {
        let message;
        let begin;
        const next = () => {
            begin = performance.now();
            if (begin >= end) {
                child.removeListener('message', take);
                return resolve({ count: latencies.length, latencies });
            }
            message = messageOf(latencies.length);
            return child.send(message);
        };
        const take = (echo) => {
            latencies.push((performance.now() - begin) * 1000);
            expect(typeof echo === 'string' ? echo === message : echo.n === message.n,
                'the echo is not what was sent');
            next();
        };
        child.on('message', take);
        next();
    });
}

function exchange(child, length) {
    const end = performance.now() + length;
    if (given.mode === 'one-way') return oneWay(child, end);
    if (given.mode === 'ping-pong') return roundTrips(child, end, (n) => ({ n }));
    const texts = ['a'.repeat(given.bytes), 'b'.repeat(given.bytes)];
    return roundTrips(child, end, (n) => texts[n % texts.length]);
}

async function lead() {
    const child = fork(__filename, ['--mode', given.mode]);
    await exchange(child, WARM_UP);
    await ask(child);

    const watch = stopwatch();
    const done = await exchange(child, given.seconds * 1000);
    const told = await ask(child);
    const result = { operations: done.count, seconds: watch.seconds(), cpu_us: watch.cpuUs() + told.cpuUs };
    addLatencies(result, done.latencies);

    expect(told.count === done.count, 'the child has not received every message');
    child.disconnect();
    const [code] = await once(child, 'exit');
    expect(code === 0, 'the child has failed');
    print(result);
}

function checkMessage({ n, text }, number) {
    expect(n === FIRST_NUMBER + number, 'a message is missing, or not in its order');
    expect(text.length === TEXT_SIZE && text[0] === 'x' && text[TEXT_SIZE - 1] === 'x', 'a wrong text');
}

function follow() {
    let count = 0;
    let watch = stopwatch();
    const echoes = given.mode !== 'one-way';
    process.on('message', (message) => {
        if (message === true) {
            process.send({ count, cpuUs: watch.cpuUs() });
            count = 0;
            watch = stopwatch();
        } else if (echoes) {
            ++count;
            process.send(message);
        } else {
            checkMessage(message, count++);
        }
    });
}

if (process.send) follow();
else lead();
