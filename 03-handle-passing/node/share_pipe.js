// A connected unix socket, passed to a child that then talks on it. Parent and child in one file, in
// Node.
//
//   node share_pipe.js [CHILD [ARGUMENT...]]
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const readline = require('readline');

if (process.send) {
  process.on('message', (message, pipe) => {
    readline.createInterface({ input: pipe }).on('line', (line) =>
      pipe.write(`child, pid is ${process.pid}, heard: ${line}\n`));
    pipe.on('end', () => {
      pipe.end();
      if (process.connected) process.disconnect();
    });
  });
} else {
  const command = process.argv.slice(2);
  if (command.length === 0) command.push(process.execPath, __filename);
  const log = (text) => console.log(`[parent ${process.pid}] ${text}`);
  // Node has no socketpair(), so that a pair takes a server for a moment.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'share_pipe-'));
  const server = net.createServer({ pauseOnConnect: true }, (theirs) => {
    server.close();
    fs.rmSync(folder, { recursive: true });
    const child = spawn(command[0], command.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    child.on('exit', (code) => log(`child ended: code ${code}`));
    child.send('pipe', theirs, () => ours.write('line 1\n'));
  });
  server.listen(path.join(folder, 'socket'));
  const ours = net.connect(path.join(folder, 'socket'));
  readline.createInterface({ input: ours }).on('line', (line) => {
    log(line);
    ours.end();
  });
}
