// node watches.js GOODBYE PROGRAM [ARGUMENT...]: starts a child with a channel and prints what
// happens to it, one event a line. GOODBYE: "stay" leaves the end to the child, "disconnect" and
// "kill" end it as soon as it has started.
'use strict';
const { spawn } = require('node:child_process');
const [goodbye, program, ...rest] = process.argv.slice(2);
const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
child.on('message', (message) => console.log(`message ${JSON.stringify(message).length}`));
child.on('disconnect', () => console.log('disconnect'));
child.on('exit', (code, signal) => console.log(`exit ${code} ${signal}`));
child.on('close', () => console.log('close'));
child.stdout.resume();
child.on('spawn', () => {
    if (goodbye === 'disconnect') child.disconnect();
    if (goodbye === 'kill') child.kill('SIGKILL');
});
