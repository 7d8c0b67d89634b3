// A Node web server that reads its secrets from the environment, without a package.
//
//     npm start        runs: vault exec --require API_TOKEN -- node server.js
//
// Without API_TOKEN, vault starts nothing and names what is missing.
'use strict';
const { createHash, timingSafeEqual } = require('node:crypto');
const http = require('node:http');

if (!process.env.API_TOKEN) throw new Error('API_TOKEN is not set: npm start');

const digest = (text) => createHash('sha256').update(text).digest();
const wanted = digest(`Bearer ${process.env.API_TOKEN}`);
delete process.env.API_TOKEN; // what this process starts does not get it

const server = http.createServer((request, response) => {
  const allowed = timingSafeEqual(digest(request.headers.authorization ?? ''), wanted);
  response.writeHead(allowed ? 200 : 401, { 'Content-Type': 'text/plain' });
  response.end(allowed ? 'welcome\n' : 'no\n');
});

server.listen(process.env.PORT ?? 8080, '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
// vault exec has become this process, so signals arrive here.
process.on('SIGTERM', () => server.close(() => process.exit(0)));
