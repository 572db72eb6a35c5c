// `websocket-as-promised` over `ws`.
const WebSocketAsPromised = require("websocket-as-promised");
const WebSocket = require("ws");
const { walk, closeOf, Closed, Inbox } = require("./walk.cjs");

walk(async (url, offered) => {
  const inbox = new Inbox();
  const socket = new WebSocketAsPromised(url, { createWebSocket: (address) => new WebSocket(address, offered), extractMessageData: (event) => event });
  socket.onMessage.addListener((text) => inbox.put(text.toString()));
  socket.onClose.addListener((code) => inbox.put(new Closed(code))); // It hands on what `ws` emits: a number.
  await socket.open();
  return {
    subprotocol: socket.ws.protocol,
    send: (text) => socket.send(text),
    receive: () => inbox.next(),
    close: () => (socket.close(1000, "bye"), closeOf(inbox)),
  };
});
