// The honest equal of the Node server that Authws Desktop replaces: `ws`, `jsonwebtoken`, `bcrypt`, one
// process, the same wire contract. A broadcast is parsed once, stringified once and made one Buffer, which is
// what `ws` sends fastest.

import http from 'node:http';
import { randomUUID } from 'node:crypto';
import bcrypt from 'bcrypt';
import jwt from 'jsonwebtoken';
import { WebSocketServer, WebSocket } from 'ws';
import { serveContract } from './contract.mjs';

const secret = process.env.JWT_SECRET;
const port = Number(process.env.PORT);
const password = process.env.BENCH_PASSWORD;
const hash = await bcrypt.hash(password, 12);

const contract = serveContract({
  secret,
  pack: (text) => Buffer.from(text),
  send: (socket, data) => socket.send(data, { binary: false }),
  sendAll: (members, data) => {
    for (const member of members.values()) {
      if (member.socket.readyState === WebSocket.OPEN) member.socket.send(data, { binary: false });
    }
  },
});

function onConnection(socket) {
  const client = contract.opened(socket);
  socket.on('message', (data) => contract.received(client, data));
  socket.on('error', () => socket.terminate());
  socket.on('close', () => contract.closed(client));
}

// HTTP

async function login(body) {
  const { username, password: given } = JSON.parse(body);
  if (!(await bcrypt.compare(given, hash))) return [401, { status: 'error', code: 'INVALID_CREDENTIALS' }];
  const claims = { username, jti: randomUUID() };
  const options = { algorithm: 'HS256', subject: randomUUID(), issuer: 'authws-desktop', expiresIn: '24h' };
  return [200, { status: 'success', token: jwt.sign(claims, secret, options), user: { username } }];
}

function onRequest(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const isLogin = request.method === 'POST' && request.url === '/auth/login';
    const totals = {
      status: 'ok',
      authenticatedClients: contract.members.size,
      totalClients: server.clients.size,
    };
    const [status, answer] = isLogin ? await login(Buffer.concat(chunks).toString()) : [200, totals];
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
}

const web = http.createServer(onRequest);
const server = new WebSocketServer({ server: web, perMessageDeflate: false, maxPayload: 1024 * 1024 });
server.on('connection', onConnection);
web.listen({ port, host: '127.0.0.1', backlog: 1024 });
