// `nodejs-websocket`, a small client without dependencies.
const { connect } = require("nodejs-websocket");
const { walk, closeOf, Closed, Inbox } = require("./walk.cjs");

walk(async (url, offered) => {
  const inbox = new Inbox();
  const socket = connect(url, { protocols: offered }, () => inbox.put("open"));
  socket.on("text", (text) => inbox.put(text));
  socket.on("error", (error) => inbox.put(error));
  socket.on("close", (code, reason) => inbox.put(new Closed(code, reason)));
  await inbox.next();
  return {
    subprotocol: socket.protocol ?? "",
    send: (text) => socket.sendText(text),
    receive: () => inbox.next(),
    close: () => (socket.close(1000, "bye"), closeOf(inbox)),
  };
});
