// `WebSocketClient` of `websocket` (websocket-node) with its events.
const { client: WebSocketClient } = require("websocket");
const { walk, closeOf, Closed, Inbox } = require("./walk.cjs");

walk(async (url, offered) => {
  const inbox = new Inbox();
  const client = new WebSocketClient();
  client.on("connectFailed", (error) => inbox.put(error));
  client.on("connect", (connection) => {
    // At once: the first frame is told right after this event.
    connection.on("message", (message) => inbox.put(message.utf8Data));
    connection.on("error", (error) => inbox.put(error));
    connection.on("close", (code, reason) => inbox.put(new Closed(code, reason)));
    inbox.put(connection);
  });
  client.connect(url, offered);
  const socket = await inbox.next();
  return {
    subprotocol: socket.protocol ?? "",
    send: (text) => socket.sendUTF(text),
    receive: () => inbox.next(),
    close: () => (socket.close(1000, "bye"), closeOf(inbox)),
  };
});
