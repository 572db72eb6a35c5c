// `undici`, which is also the global WebSocket of Node 22 and newer.
const { WebSocket } = require("undici");
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new WebSocket(url, offered)));
