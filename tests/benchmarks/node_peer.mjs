// The honest equal of the Node server that Authws Desktop replaces: `ws`, `jsonwebtoken`, `bcrypt`, one
// process, the same wire contract. A broadcast is parsed once, stringified once and made one Buffer, which is
// what `ws` sends fastest. It keeps no traffic record, limits no rates and pings nobody: all in its favour.
// User lists are merged by the contract's rule (a pause of nine times what the last list cost), without
// which a join storm would cost it N x N x list.

import http from 'node:http';
import { randomUUID } from 'node:crypto';
import bcrypt from 'bcrypt';
import jwt from 'jsonwebtoken';
import { WebSocketServer, WebSocket } from 'ws';

const secret = process.env.JWT_SECRET;
const port = Number(process.env.PORT);
const password = process.env.BENCH_PASSWORD;
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 200;
const SMALL = 200;

const members = new Map();
const users = new Map();
const hash = await bcrypt.hash(password, 12);

function text(message) {
  return Buffer.from(JSON.stringify(message));
}

function send(socket, message) {
  socket.send(text(message), { binary: false });
}

function sendError(socket, code, message, messageId) {
  send(socket, { type: 'error', code, message, messageId, timestamp: new Date().toISOString() });
}

// Presence

let timer = null;
let isChanged = false;
let notBefore = 0;

function presenceChanged() {
  isChanged = true;
  if (timer === null) timer = setTimeout(sendUserList, Math.max(MIN_PAUSE_MS, notBefore - performance.now()));
}

function sendUserList() {
  isChanged = false;
  const started = performance.now();
  const list = [...members.values()].map((member) => ({
    id: member.clientId,
    username: member.user.username,
    lastActive: new Date(member.lastActive).toISOString(),
    userId: member.user.id,
  }));
  const data = text({ type: 'user_list', users: list, timestamp: new Date().toISOString() });
  for (const member of members.values()) {
    if (member.socket.readyState === WebSocket.OPEN) member.socket.send(data, { binary: false });
  }
  const pause = Math.max(MIN_PAUSE_MS, (performance.now() - started) * 9);
  notBefore = performance.now() + (members.size <= SMALL ? Math.min(pause, MAX_PAUSE_MS) : pause);
  timer = null;
  if (isChanged) presenceChanged();
}

// Messages

function authenticate(client, message) {
  let claims;
  try {
    claims = jwt.verify(message.token, secret, { algorithms: ['HS256'], issuer: 'authws-desktop' });
  } catch (error) {
    sendError(client.socket, 'AUTH_ERROR', error.message);
    return;
  }
  client.user = { id: claims.sub, username: claims.username };
  members.set(client.clientId, client);
  if (!users.has(claims.username)) users.set(claims.username, new Set());
  users.get(claims.username).add(client);
  send(client.socket, {
    type: 'authentication',
    status: 'authenticated',
    user: client.user,
    timestamp: new Date().toISOString(),
    clientId: client.clientId,
    expiresAt: new Date(claims.exp * 1000).toISOString(),
  });
  presenceChanged();
}

function broadcast(client, message) {
  const data = text({
    type: 'message',
    from: client.clientId,
    username: client.user.username,
    content: message.content,
    timestamp: new Date().toISOString(),
    id: randomUUID(),
  });
  for (const member of members.values()) {
    if (member.socket.readyState === WebSocket.OPEN) member.socket.send(data, { binary: false });
  }
}

function direct(client, message) {
  const { to, content, messageId } = message;
  if (!to) {
    sendError(client.socket, 'MISSING_RECIPIENT', 'No recipient.', messageId);
    return;
  }
  const one = members.get(to);
  const receivers = one ? [one] : [...(users.get(to) ?? [])];
  if (!receivers.length) {
    sendError(client.socket, 'INVALID_RECIPIENT', 'Nobody by that name.', messageId);
    return;
  }
  const timestamp = new Date().toISOString();
  const id = randomUUID();
  const { username } = client.user;
  const data = text({ type: 'direct', from: client.clientId, to, username, content, timestamp, id });
  for (const member of receivers) member.socket.send(data, { binary: false });
  send(client.socket, { type: 'message_delivered', to, timestamp, id, recipients: receivers.length, messageId });
}

function onMessage(client, data) {
  client.lastActive = Date.now();
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    sendError(client.socket, 'INVALID_MESSAGE', 'Not JSON.');
    return;
  }
  if (message.type === 'authenticate') authenticate(client, message);
  else if (!client.user) sendError(client.socket, 'UNAUTHORIZED', 'Authenticate first.');
  else if (message.type === 'message') broadcast(client, message);
  else if (message.type === 'direct') direct(client, message);
  else sendError(client.socket, 'INVALID_MESSAGE_TYPE', 'Unknown type.');
}

function onConnection(socket) {
  const client = { clientId: randomUUID(), socket, user: null, lastActive: Date.now() };
  socket.on('message', (data) => onMessage(client, data));
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    if (!members.delete(client.clientId)) return;
    const own = users.get(client.user.username);
    own.delete(client);
    if (!own.size) users.delete(client.user.username);
    presenceChanged();
  });
  send(socket, {
    type: 'connection',
    status: 'connected',
    clientId: client.clientId,
    authenticated: false,
    timestamp: new Date().toISOString(),
  });
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
    const totals = { status: 'ok', authenticatedClients: members.size, totalClients: server.clients.size };
    const [status, answer] = isLogin ? await login(Buffer.concat(chunks).toString()) : [200, totals];
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
}

const web = http.createServer(onRequest);
const server = new WebSocketServer({ server: web, perMessageDeflate: false, maxPayload: 1024 * 1024 });
server.on('connection', onConnection);
web.listen({ port, host: '127.0.0.1', backlog: 1024 });
