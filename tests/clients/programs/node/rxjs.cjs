// `webSocket` of `rxjs`, whose subject reads and writes text here.
global.WebSocket = require("ws");
const { webSocket } = require("rxjs/webSocket");
const { walk, closeOf, Closed, Inbox } = require("./walk.cjs");

walk(async (url, offered) => {
  const inbox = new Inbox();
  let subprotocol = "";
  const subject = webSocket({
    url,
    protocol: offered,
    serializer: (text) => text,
    deserializer: (event) => event.data,
    openObserver: { next: (event) => ((subprotocol = event.target.protocol), inbox.put("open")) },
    closeObserver: { next: (event) => inbox.put(new Closed(event.code, event.reason)) },
  });
  subject.subscribe({ next: (text) => inbox.put(text), error: (error) => inbox.put(new Error(error.message || "closed")) });
  await inbox.next();
  return {
    subprotocol,
    send: (text) => subject.next(text),
    receive: () => inbox.next(),
    close: () => (subject.error({ code: 1000, reason: "bye" }), closeOf(inbox)),
  };
});
