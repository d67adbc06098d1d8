// An application that knows nothing of us: it asks for its port and answers.
'use strict';
const http = require('http');

const server = http.createServer((request, response) => {
  if (request.url === '/crash') throw new Error('nobody catches this');
  response.end(`node ${process.pid}\n`);
});
server.on('error', (error) => {
  console.log(`the application heard ${error.code}`);
  process.exit(100);
});
server.listen(process.env.PORT);
