// Forks a child, sends it a message, prints what it answers, and says goodbye.
//   node ping_parent.js [--child PROGRAM] [--] [ARGUMENT...]
// The child is ping_child.js unless --child names another program, such as our ping_child.
'use strict';
const { fork, spawn } = require('node:child_process');
const path = require('node:path');

const log = (text) => process.stdout.write(`[parent ${process.pid}] ${text}\n`);

const given = process.argv.slice(2);
const program = given[0] === '--child' ? given.splice(0, 2)[1] : undefined;
if (given[0] === '--') given.shift();
// fork() is spawn() of node itself with one descriptor more, 'ipc'. Any program can have that.
const child = program
    ? spawn(program, given, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
    : fork(path.join(__dirname, 'ping_child.js'), given);
log(`started child ${child.pid}`);

const greeting = { hello: 'child' };
log(`sends ${JSON.stringify(greeting)}`);
child.send(greeting, () => {}); // with a callback a child that is gone already is no exception

let answered = false;
child.once('message', (message) => {
    answered = true;
    log(`received ${JSON.stringify(message)}`);
    log('disconnects');
    child.disconnect();
});
child.on('exit', (code, signal) => {
    if (!answered) log(`child ${child.pid} disconnected without an answer`);
    log(`child ${child.pid} ended: ${signal ? `signal ${signal}` : `code ${code}`}`);
    process.exitCode = answered && code === 0 ? 0 : 1;
});
