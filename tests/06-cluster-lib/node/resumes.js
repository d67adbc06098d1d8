// A TLS client that takes its session from each connection to the next: node resumes.js PORT COUNT.
// Prints how many connections were resumed, out of how many, and by how many workers.
'use strict';
const tls = require('node:tls');

const [port, count] = process.argv.slice(2).map(Number);
const workers = new Set();
let resumed = 0;
let session;

// TLS 1.2, where the session is there with the handshake.
const connect = () => new Promise((resolve, reject) => {
  const options = { port, session, rejectUnauthorized: false, maxVersion: 'TLSv1.2' };
  const socket = tls.connect(options, () => {
    resumed += socket.isSessionReused() ? 1 : 0;
    session ??= socket.getSession();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  });
  let text = '';
  socket.on('data', (chunk) => { text += chunk; });
  socket.on('end', () => resolve(text));
  socket.on('error', reject);
});

(async () => {
  for (let n = 0; n < count; n += 1) {
    const answer = await connect();
    workers.add(answer.slice(answer.lastIndexOf('\n') + 1));
  }
  console.log(`resumed ${resumed} of ${count} by ${workers.size} workers`);
})();
