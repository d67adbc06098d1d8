// node asks_for_advanced.js PROGRAM: starts a child with the serialization that only V8 can read.
'use strict';
const { spawn } = require('node:child_process');
const stdio = ['ignore', 'ignore', 'pipe', 'ipc'];
const child = spawn(process.argv[2], [], { stdio, serialization: 'advanced' });
child.stderr.on('data', (data) => process.stdout.write(data));
child.on('close', (code) => console.log(`exit ${code}`));
