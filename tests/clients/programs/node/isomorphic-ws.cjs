// `isomorphic-ws`: one import for browsers and Node.
const WebSocket = require("isomorphic-ws");
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new WebSocket(url, offered)));
