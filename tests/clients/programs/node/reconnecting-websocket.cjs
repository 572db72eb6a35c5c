// `reconnecting-websocket` over `ws`; it would try again for ever, so it may not.
const ReconnectingWebSocket = require("reconnecting-websocket");
const WebSocket = require("ws");
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new ReconnectingWebSocket(url, offered, { WebSocket, maxRetries: 0 })));
