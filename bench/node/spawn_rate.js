// spawn_rate: how many programs a second Node's spawn can start, each to its end. One operation is
// a /bin/true that has been started and has ended with code 0. Flags as in its twin,
// bench/programs/spawn_rate.cpp.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { flags, expect, stopwatch, print } = require('./measurement');

const WARM_UP = 300; // ms

const given = flags({ concurrency: 1, 'parent-mib': 0, seconds: 2 });

// The processor time of children that have ended, which process.cpuUsage() leaves out: cutime and
// cstime, two fields of clock ticks, a hundredth of a second each.
function childrenCpuUs() {
    const fields = fs.readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10000;
}

function spawnOne() {
    return new Promise((resolve, reject) => {
        const child = spawn('/bin/true', { stdio: 'inherit' });
        child.on('error', reject);
        child.on('exit', (code) => {
            expect(code === 0, 'a child has failed');
            resolve();
        });
    });
}

async function spawnFor(length) {
    const end = performance.now() + length;
    let count = 0;
    const lane = async () => {
        for (; performance.now() < end; ++count) await spawnOne();
    };
    await Promise.all(Array.from({ length: given.concurrency }, lane));
    return count;
}

async function measure() {
    const memory = Buffer.alloc(given['parent-mib'] * 1024 * 1024, 'x');
    await spawnFor(WARM_UP);

    const watch = stopwatch();
    const children = childrenCpuUs();
    const count = await spawnFor(given.seconds * 1000);
    const cpu = watch.cpuUs() + childrenCpuUs() - children;
    print({ operations: count, seconds: watch.seconds(), cpu_us: cpu });
    expect(memory.length === 0 || memory[memory.length - 1] === 120, 'the memory was not there');
}

measure();
