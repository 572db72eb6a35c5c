// `websocket-ts`: listeners that get the socket and the event.
global.WebSocket = require("ws");
const { WebsocketBuilder } = require("websocket-ts");
const { walk, closeOf, Closed, Inbox } = require("./walk.cjs");

walk(async (url, offered) => {
  const inbox = new Inbox();
  const socket = new WebsocketBuilder(url)
    .withProtocols(offered)
    .onOpen(() => inbox.put("open"))
    .onMessage((_socket, event) => inbox.put(event.data))
    .onError((_socket, event) => inbox.put(new Error(event.message)))
    .onClose((_socket, event) => inbox.put(new Closed(event.code, event.reason)))
    .build();
  await inbox.next();
  return {
    subprotocol: socket.underlyingWebsocket.protocol,
    send: (text) => socket.send(text),
    receive: () => inbox.next(),
    close: () => (socket.close(1000, "bye"), closeOf(inbox)),
  };
});
