// Started by ping_parent: prints what the parent sends, and sends something after a while.
//   [--delay MILLISECONDS]
'use strict';
const log = (text) => process.stdout.write(`[child ${process.pid}] ${text}\n`);

if (!process.send) {
    console.error('error: there is no channel; let a parent start this: ping_parent');
    process.exit(1);
}
const given = process.argv.indexOf('--delay');
const delay = given === -1 ? 1000 : Number(process.argv[given + 1]);

setTimeout(() => {
    if (!process.connected) return;
    const greeting = { hello: 'parent' };
    log(`sends ${JSON.stringify(greeting)}`);
    process.send(greeting);
}, delay);

process.on('message', (message) => log(`received ${JSON.stringify(message)}`));
process.on('disconnect', () => log('the parent disconnected'));
