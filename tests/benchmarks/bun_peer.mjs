// The same wire contract on Bun's own WebSocket server. Broadcasts go through its `publish`, its fastest way. It
// has no logins over HTTP: those would measure bcrypt.

import { serveContract } from './contract.mjs';

const EVERYONE = 'everyone';
const UNLIMITED_BYTES = 1024 * 1024 * 1024;

const contract = serveContract({
  secret: process.env.JWT_SECRET,
  pack: (text) => text,
  send: (socket, data) => socket.sendText(data),
  sendAll: (_members, data) => server.publish(EVERYONE, data),
  joined: (socket) => socket.subscribe(EVERYONE),
});

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  fetch(request, own) {
    if (own.upgrade(request, { data: {} })) return undefined;
    return Response.json({ status: 'ok', authenticatedClients: contract.members.size });
  },
  websocket: {
    perMessageDeflate: false,
    maxPayloadLength: 1024 * 1024,
    idleTimeout: 0,
    sendPings: false,
    // What waits for a slow reader is kept, as `ws` keeps it, instead of being dropped.
    backpressureLimit: UNLIMITED_BYTES,
    open(socket) {
      socket.data.client = contract.opened(socket);
    },
    message(socket, data) {
      contract.received(socket.data.client, data);
    },
    close(socket) {
      contract.closed(socket.data.client);
    },
  },
});
