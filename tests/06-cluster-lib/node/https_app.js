// An ordinary HTTPS server: node https_app.js KEY CERTIFICATE
'use strict';
const fs = require('node:fs');
const https = require('node:https');

const [key, cert] = process.argv.slice(2).map((file) => fs.readFileSync(file));
https.createServer({ key, cert }, (request, response) => {
  response.setHeader('Connection', 'close');
  response.end(`${process.pid}`);
}).listen(Number(process.env.PORT ?? 0), '127.0.0.1');
