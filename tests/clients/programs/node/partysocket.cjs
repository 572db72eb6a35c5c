// `partysocket`, the reconnecting client of PartyKit, over `ws`.
const { default: PartySocket } = require("partysocket/ws");
const WebSocket = require("ws");
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new PartySocket(url, offered, { WebSocket, maxRetries: 0 })));
