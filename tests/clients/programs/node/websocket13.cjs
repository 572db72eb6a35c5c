// `websocket13`, the client of the node-steam family.
const { WebSocket } = require("websocket13");
const { walk, closeOf, Closed, Inbox } = require("./walk.cjs");

walk(async (url, offered) => {
  const inbox = new Inbox();
  const socket = new WebSocket(url, offered.length ? { protocols: offered } : {});
  socket.on("connected", () => inbox.put("open"));
  socket.on("message", (_type, text) => inbox.put(text));
  socket.on("error", (error) => inbox.put(error));
  socket.on("disconnected", (code, reason) => inbox.put(new Closed(code, reason)));
  await inbox.next();
  return {
    subprotocol: socket.protocol ?? "",
    send: (text) => socket.send(text),
    receive: () => inbox.next(),
    close: () => (socket.disconnect(1000, "bye"), closeOf(inbox)),
  };
});
