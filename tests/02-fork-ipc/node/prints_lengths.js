// Prints the length of every text that comes, and "disconnect" at the end.
'use strict';
process.on('message', (message) => process.stdout.write(`${message.length}\n`));
process.on('disconnect', () => process.stdout.write('disconnect\n'));
