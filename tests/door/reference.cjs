// The server that Authws Desktop replaces, in the shape of most: express, cors, ws and jsonwebtoken with the
// settings that they have by themselves. It prints the port it listens on.
const express = require("express");
const cors = require("cors");
const http = require("node:http");
const { randomUUID } = require("node:crypto");
const jwt = require("jsonwebtoken");
const { WebSocketServer } = require("ws");

const SECRET = randomUUID();
const passwords = new Map();
const members = new Map();
const now = () => new Date().toISOString();

const app = express();
app.use(cors());
app.use(express.json());

const tokenOf = (username) => jwt.sign({ username }, SECRET, { subject: randomUUID(), expiresIn: "24h" });

app.get("/", (_request, response) => response.json({ status: "ok" }));

app.post("/auth/register", (request, response) => {
  const { username, password } = request.body ?? {};
  if (!username || !password) return response.status(400).json({ status: "error", message: "A field is missing." });
  passwords.set(username, password);
  response.status(201).json({ status: "success", token: tokenOf(username), user: { username } });
});

app.post("/auth/login", (request, response) => {
  const { username, password } = request.body ?? {};
  if (!username || !password) return response.status(400).json({ status: "error", message: "A field is missing." });
  if (passwords.get(username) !== password) return response.status(401).json({ status: "error", message: "Wrong." });
  response.json({ status: "success", token: tokenOf(username), user: { username } });
});

const server = http.createServer(app);
const sockets = new WebSocketServer({ server });

function send(socket, message) {
  socket.send(JSON.stringify({ ...message, timestamp: now() }));
}

function sendToAll(message) {
  for (const { socket } of members.values()) send(socket, message);
}

function authenticate(client, { token }) {
  try {
    client.user = jwt.verify(token, SECRET);
  } catch (error) {
    return send(client.socket, { type: "error", code: "AUTH_ERROR", message: error.message });
  }
  members.set(client.id, client);
  send(client.socket, { type: "authentication", status: "authenticated", user: { username: client.user.username } });
  sendToAll({ type: "user_list", users: [...members.values()].map(({ id, user }) => ({ id, username: user.username })) });
}

function direct(client, { to, content, messageId }) {
  const member = members.get(to) ?? [...members.values()].find(({ user }) => user.username === to);
  if (!to) return send(client.socket, { type: "error", code: "MISSING_RECIPIENT", message: "Nobody named." });
  if (!member) return send(client.socket, { type: "error", code: "INVALID_RECIPIENT", message: "Nobody there." });
  send(member.socket, { type: "direct", from: client.id, to, username: client.user.username, content });
  send(client.socket, { type: "message_delivered", messageId, to });
}

function onMessage(client, data) {
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    return send(client.socket, { type: "error", code: "INVALID_MESSAGE", message: "This is no JSON." });
  }
  if (message.type === "authenticate") return authenticate(client, message);
  if (!client.user) return send(client.socket, { type: "error", code: "UNAUTHORIZED", message: "Log in first." });
  if (message.type === "direct") return direct(client, message);
  if (message.type !== "message") return send(client.socket, { type: "error", code: "INVALID_MESSAGE_TYPE", message: "What?" });
  sendToAll({ type: "message", from: client.id, username: client.user.username, content: message.content });
}

sockets.on("connection", (socket) => {
  const client = { id: randomUUID(), socket, user: null };
  socket.on("message", (data) => onMessage(client, data));
  socket.on("error", () => {});
  socket.on("close", () => members.delete(client.id));
  send(socket, { type: "connection", status: "connected", clientId: client.id, authenticated: false });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
