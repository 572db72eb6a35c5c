// The WebSocket of `happy-dom`.
const { Window } = require("happy-dom");

const page = new Window({ url: "http://localhost:5173/" });
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new page.WebSocket(url, offered)));
