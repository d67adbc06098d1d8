// What the parents here have in common: their flags, and how a child with a channel is started.
'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');

// Takes [--port PORT] [--child PROGRAM [ARGUMENT...]] from the command line; without --child the
// child is `script`, in Node.
module.exports = (script) => {
    const given = process.argv.slice(2);
    const port = given[0] === '--port' ? given.splice(0, 2)[1] : process.env.PORT ?? 8000;
    const command = given[0] === '--child'
        ? given.slice(1)
        : [process.execPath, path.join(__dirname, script)];
    return {
        port,
        // fork() would do for a script; this is the same with any program.
        startChild() {
            const child = spawn(command[0], command.slice(1), {
                stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
            });
            // Stay for what a child said before it ended: by itself Node does not wait for a channel.
            child.channel.ref();
            return child;
        },
        log: (text) => process.stdout.write(`[parent ${process.pid}] ${text}\n`),
    };
};
