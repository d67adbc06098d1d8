// node sends_to_echo.js PROGRAM: starts a child that sends everything back, and compares. Prints
// what differs, then "done".
'use strict';
const assert = require('node:assert');
const { spawn } = require('node:child_process');

const messages = [
    'str', 42, true, null, false, 0, -1.5, '', [], {},
    { a: [1, 2], d: new Date(0).toISOString() },
    { u: 'é\n"x"\u2028 😀', deep: [[[[]]]] },
    { cmd: 'NODE_' },
    'añ€😀'.repeat(10000),
    'x'.repeat(10 * 1000 * 1000),
    'last',
];
const child = spawn(process.argv[2], [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
let at = 0;
child.on('message', (message) => {
    try {
        assert.deepStrictEqual(message, messages[at]);
    } catch {
        console.log(`message ${at} came back changed`);
    }
    if (++at === messages.length) child.disconnect();
});
child.on('exit', (code, signal) => console.log(`exit ${code} ${signal} after ${at} messages`));
child.send({ cmd: 'NODE_user', never: 'delivered' });
for (const message of messages) child.send(message);
