// node spawn_demo.js [COMMAND [ARGUMENT...]]: says what the C++ spawn_demo says.
'use strict';
const { spawn } = require('node:child_process');

const words = process.argv.slice(2);
const [file, ...args] = words.length > 0 ? words : ['ls', '-d', '/', '/no-such-file'];

const child = spawn(file, args, { stdio: ['inherit', 'pipe', 'pipe'] });
child.stdout.on('data', (chunk) => process.stdout.write(`stdout: ${chunk}`));
child.stderr.on('data', (chunk) => process.stdout.write(`stderr: ${chunk}`));
child.on('error', (error) => console.error(`error: ${error.message}`));
child.on('close', (code, signal) => {
  if (child.pid === undefined) return process.exit(1); // it never ran: 'error' has said so
  console.log(`child process exited with ${signal ? `signal ${signal}` : `code ${code}`}`);
  process.exitCode = code === 0 ? 0 : 1;
});
