// A connected unix socket that a child talks on. Parent and child in one file.
//   node share_pipe.js [--child PROGRAM [ARGUMENT...]]
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

if (process.send) child(); else parent();

function child() {
    process.on('message', (message, pipe) => {
        readline.createInterface({ input: pipe }).on('line', (line) => {
            pipe.write(`child, pid is ${process.pid}, heard: ${line}\n`);
        });
        pipe.on('end', () => {
            pipe.end();
            if (process.connected) process.disconnect();
        });
    });
}

function parent() {
    const { startChild, log } = require('./family.js')('share_pipe.js');
    // Node has no socketpair(), so that a pair takes a server for a moment.
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'share_pipe-'));
    const server = net.createServer({ pauseOnConnect: true }, (theirs) => {
        server.close();
        fs.rmSync(folder, { recursive: true });
        const talking = startChild();
        talking.on('exit', (code) => log(`child ended: code ${code}`));
        talking.send('pipe', theirs, () => ours.write('line 1\n'));
    });
    server.listen(path.join(folder, 'socket'));
    const ours = net.connect(path.join(folder, 'socket'));
    readline.createInterface({ input: ours }).on('line', (line) => {
        log(line);
        ours.end();
    });
}
