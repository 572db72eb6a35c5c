// A client that is not this project's own: Node's fetch and the npm package `ws`, written as one for the
// replaced server would be. Usage: node foreign_client.cjs HTTP_ADDRESS NAME PASSWORD PARTNER
// Registers (or logs in), waits until PARTNER is in the user list, greets everyone and PARTNER, waits for
// a greeting of PARTNER in return, and prints what it saw as one JSON object.
const WebSocket = require("ws");

const [address, username, password, partner] = process.argv.slice(2);

async function token() {
  const body = JSON.stringify({ username, password });
  const headers = { "Content-Type": "application/json" };
  let answer = await fetch(`${address}/auth/register`, { method: "POST", headers, body });
  if (answer.status === 409) answer = await fetch(`${address}/auth/login`, { method: "POST", headers, body });
  const data = await answer.json();
  if (data.status !== "success") throw new Error(data.message);
  return data.token;
}

async function main() {
  const jwt = await token();
  const seen = { types: [], greetings: [], delivered: null };
  const socket = new WebSocket(address.replace("http", "ws"));
  const send = (message) => socket.send(JSON.stringify(message));
  let greeted = false;
  socket.on("message", (raw) => {
    const message = JSON.parse(raw);
    seen.types.push(message.type);
    if (message.type === "connection") send({ type: "authenticate", token: jwt });
    if (message.type === "user_list" && !greeted && message.users.some((user) => user.username === partner)) {
      greeted = true;
      const to = message.users.find((user) => user.username === partner).id;
      send({ type: "message", content: { text: `hello all from ${username}` } });
      send({ type: "direct", to, content: `hello ${partner}`, messageId: "m-1" });
    }
    if (message.type === "message_delivered") seen.delivered = message.messageId;
    if (message.type === "direct" && message.username === partner) seen.greetings.push(message.content);
    if (seen.delivered && seen.greetings.length) socket.close(1000, "done");
  });
  await new Promise((resolve, reject) => {
    socket.on("close", resolve);
    socket.on("error", reject);
    setTimeout(() => reject(new Error(`timed out: ${JSON.stringify(seen)}`)), 30000).unref();
  });
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
