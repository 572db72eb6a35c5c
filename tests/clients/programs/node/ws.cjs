// `ws` with its events, as most Node programs use it.
const WebSocket = require("ws");
const { walk, closeOf, Closed, Inbox } = require("./walk.cjs");

walk(async (url, offered) => {
  const inbox = new Inbox();
  const socket = new WebSocket(url, offered);
  socket.on("open", () => inbox.put("open"));
  socket.on("message", (data) => inbox.put(data.toString()));
  socket.on("error", (error) => inbox.put(error));
  socket.on("close", (code, reason) => inbox.put(new Closed(code, reason)));
  await inbox.next();
  return {
    subprotocol: socket.protocol,
    send: (text) => socket.send(text),
    receive: () => inbox.next(),
    close: () => (socket.close(1000, "bye"), closeOf(inbox)),
  };
});
