// Sends "bye", disconnects, and lives on until its standard input ends.
'use strict';
process.send('bye', () => process.disconnect());
process.stdin.resume();
