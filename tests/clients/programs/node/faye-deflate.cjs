// The client of `faye-websocket` that offers compression.
const { Client } = require("faye-websocket");
const deflate = require("permessage-deflate");
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new Client(url, offered, { extensions: [deflate] })));
