// The WebSocket of `jsdom`, which pages have in Jest and Vitest.
const { JSDOM } = require("jsdom");

const page = new JSDOM("", { url: "http://localhost:5173/" });
const { walk, fromBrowserApi } = require("./walk.cjs");

walk((url, offered) => fromBrowserApi(new page.window.WebSocket(url, offered)));
