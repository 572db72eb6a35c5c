// The W3C client of `websocket` (websocket-node); its default limit of 1 MiB is left as it is.
const { w3cwebsocket } = require("websocket");
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new w3cwebsocket(url, offered)));
