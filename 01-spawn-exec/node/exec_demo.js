// node exec_demo.js [COMMAND...]: says what the C++ exec_demo says.
'use strict';
const { exec } = require('node:child_process');

const command = process.argv.slice(2).join(' ') || 'rm no-such-file.txt';

exec(command, (error, stdout, stderr) => {
  process.stdout.write(stdout);
  if (!error) return;
  const how = error.signal ? `signal ${error.signal}` : `code ${error.code}`;
  console.log(`error: command failed: ${command}: ${how}`);
  process.stdout.write(stderr);
  process.exitCode = 1;
});
