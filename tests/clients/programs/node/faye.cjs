// The client of `faye-websocket`.
const { Client } = require("faye-websocket");
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new Client(url, offered)));
