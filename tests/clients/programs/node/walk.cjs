// Takes a JavaScript client through its steps, as tests/clients/README.md describes them. A program calls
// `walk(open)`; `open(url, offered)` resolves to {subprotocol, send, receive, close}: see `fromBrowserApi`.

const PATTERN = "0123456789 grüße ✓ 😀 "; // Characters of two, three and four bytes.

class Closed extends Error {
  constructor(code, reason = "") {
    super(`closed with ${code} ${reason}`);
    Object.assign(this, { code, reason: String(reason) });
  }
}

// A queue of what came: frames as strings, and a Closed or an Error at the end.
class Inbox {
  #came = [];
  #waiting = null;

  put(item) {
    this.#came.push(item);
    this.#waiting?.();
  }

  async next() {
    while (!this.#came.length) await new Promise((resolve) => (this.#waiting = resolve));
    const item = this.#came.shift();
    if (item instanceof Error) throw item;
    return item;
  }
}

async function closeOf(inbox) {
  try {
    for (;;) await inbox.next();
  } catch (closed) {
    if (closed instanceof Closed) return closed.code;
    throw closed;
  }
}

// For every library that offers the browser's interface.
async function fromBrowserApi(socket) {
  const inbox = new Inbox();
  socket.onopen = () => inbox.put("open");
  socket.onmessage = (event) => inbox.put(event.data);
  socket.onerror = (event) => inbox.put(new Error(event.message || event.error?.message || "error without a text"));
  socket.onclose = (event) => inbox.put(new Closed(event.code, event.reason));
  await inbox.next();
  return {
    subprotocol: socket.protocol,
    send: (text) => socket.send(text),
    receive: () => inbox.next(),
    close: () => (socket.close(1000, "bye"), closeOf(inbox)),
  };
}

class Walk {
  constructor(open, token) {
    Object.assign(this, { open, token, skipped: [] });
  }

  async connect(target) {
    const [url, ...offered] = target.split(" ");
    this.skipped = [];
    this.socket = await this.open(url, offered);
    return { subprotocol: this.socket.subprotocol };
  }

  async connection() {
    const frame = await this.until("connection");
    this.clientId = frame.clientId;
    return { frame, skipped: this.skipped };
  }

  async authenticate(presence) {
    const message = { type: "authenticate", token: this.token };
    this.send(presence ? { ...message, presence } : message);
    return { frame: await this.until("authentication") };
  }

  async admitted() {
    return { frame: await this.until("authentication") };
  }

  async user_list() {
    return { frame: await this.until("user_list") };
  }

  async message() {
    const content = { from: this.clientId, text: PATTERN, values: [1, 2.5, null, true] };
    this.send({ type: "message", content });
    return { frame: await this.until("message", (frame) => frame.content.from === this.clientId), skipped: this.skipped };
  }

  async direct() {
    const frames = {};
    this.send({ type: "direct", to: this.clientId, content: `to ${this.clientId}`, messageId: 7 });
    while (!frames.direct || !frames.message_delivered) {
      const frame = JSON.parse(await this.socket.receive());
      frames[frame.type] = frame;
    }
    return { frame: frames.message_delivered, direct: frames.direct };
  }

  async large(size) {
    const marker = `${this.clientId} `;
    const content = marker + PATTERN.repeat((size - marker.length) / Buffer.byteLength(PATTERN));
    this.send({ type: "message", content });
    let raw = "";
    while (!raw.startsWith('{"type":"message"') || !raw.slice(0, 400).includes(marker)) raw = await this.socket.receive();
    return { bytes: Buffer.byteLength(content), same: raw.includes(`"content":${JSON.stringify(content)}`) };
  }

  async close() {
    return { code: await this.socket.close() };
  }

  async wait() {
    try {
      for (;;) await this.socket.receive();
    } catch (closed) {
      if (closed instanceof Closed) return { code: closed.code, reason: closed.reason };
      throw closed;
    }
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  async until(type, matches = () => true) {
    for (;;) {
      const frame = JSON.parse(await this.socket.receive());
      if (frame.type === type && matches(frame)) return frame;
      if (frame.type === "error") throw new Error(`${frame.code}: ${frame.message}`);
      this.skipped.push(frame.type);
    }
  }
}

async function walk(open) {
  const [token, ...steps] = process.argv.slice(2);
  const client = new Walk(open, token);
  let isBroken = false;
  for (const step of steps) {
    const [name] = step.split("=", 1);
    if (isBroken && name !== "connect") continue;
    let seen;
    try {
      seen = await client[name](step.slice(name.length + 1));
      isBroken = false;
    } catch (error) {
      seen = { error: error.message || String(error) };
      isBroken = true;
    }
    console.log(JSON.stringify({ step: name, ...seen }));
  }
  process.exit(0);
}

module.exports = { walk, fromBrowserApi, closeOf, Closed, Inbox };
