// What the JavaScript peers have in common: the wire contract without sockets. They keep no traffic record, limit
// no rates and ping nobody: all in their favour. User lists are merged by the contract's rule (a pause of nine
// times what the last list cost), without which a join storm would cost N x N x list.

import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';

const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 200;
const SMALL = 200;

/**
 * Serve the contract on top of a WebSocket library.
 *
 * @param secret - What tokens are signed with.
 * @param pack - Makes a string what `send` and `sendAll` take.
 * @param send - Sends to one socket.
 * @param sendAll - Sends to all members, which it is given: clients by their id, each with its `socket`.
 * @param joined - Called with the socket of each client that logged in.
 */
export function serveContract({ secret, pack, send, sendAll, joined = () => {} }) {
  const members = new Map();
  const users = new Map();
  const text = (message) => pack(JSON.stringify(message));

  function sendError(socket, code, message, messageId) {
    send(socket, text({ type: 'error', code, message, messageId, timestamp: new Date().toISOString() }));
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
    sendAll(members, text({ type: 'user_list', users: list, timestamp: new Date().toISOString() }));
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
    joined(client.socket);
    const answer = {
      type: 'authentication',
      status: 'authenticated',
      user: client.user,
      timestamp: new Date().toISOString(),
      clientId: client.clientId,
      expiresAt: new Date(claims.exp * 1000).toISOString(),
    };
    send(client.socket, text(answer));
    presenceChanged();
  }

  function broadcast(client, message) {
    const frame = {
      type: 'message',
      from: client.clientId,
      username: client.user.username,
      content: message.content,
      timestamp: new Date().toISOString(),
      id: randomUUID(),
    };
    sendAll(members, text(frame));
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
    for (const member of receivers) send(member.socket, data);
    const answer = { type: 'message_delivered', to, timestamp, id, recipients: receivers.length, messageId };
    send(client.socket, text(answer));
  }

  return {
    members,

    /** Greet a new socket; returns what the other functions call the client. */
    opened(socket) {
      const client = { clientId: randomUUID(), socket, user: null, lastActive: Date.now() };
      const hello = {
        type: 'connection',
        status: 'connected',
        clientId: client.clientId,
        authenticated: false,
        timestamp: new Date().toISOString(),
      };
      send(socket, text(hello));
      return client;
    },

    /** Handle what a client sent. */
    received(client, data) {
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
    },

    /** Forget a client whose socket is closed. */
    closed(client) {
      if (!members.delete(client.clientId)) return;
      const own = users.get(client.user.username);
      own.delete(client);
      if (!own.size) users.delete(client.user.username);
      presenceChanged();
    },
  };
}
