// What the client's modules are given in these tests instead of a browser.

/** Timers that run when told to. */
export class FakeTimers {
  constructor() {
    this.nowMs = 0;
    this.due = [];
    this.count = 0;
  }

  now = () => this.nowMs;

  set = (act, ms) => {
    const timer = { id: ++this.count, act, atMs: this.nowMs + ms };
    this.due.push(timer);
    return timer.id;
  };

  clear = (id) => {
    this.due = this.due.filter((timer) => timer.id !== id);
  };

  advance(ms) {
    const endMs = this.nowMs + ms;
    for (;;) {
      const next = this.due.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.clear(next.id);
      this.nowMs = next.atMs;
      next.act();
    }
    this.nowMs = endMs;
  }
}

/** A socket whose other end is the test. */
export class FakeSocket {
  constructor() {
    this.readyState = 0;
    this.sent = [];
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  opens() {
    this.readyState = 1;
    this.onopen();
  }

  hears(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  ends(code, reason = '') {
    this.readyState = 3;
    this.onclose({ code, reason });
  }

  get last() {
    return this.sent.at(-1);
  }
}

/** A class of sockets, as the browser's; each is put into a list. */
export const socketsInto = (list) => class extends FakeSocket {
  constructor(url) {
    super();
    this.url = url;
    list.push(this);
  }
};

/** In place of the browser's `fetch`: notes each call, and answers every one with a body. */
export function fakeFetch(calls, body) {
  return async (url, { method, headers }) => {
    calls.push([method, url, headers.Authorization]);
    return { ok: true, status: 200, headers: new Map(), json: async () => body };
  };
}

export class FakeStorage {
  constructor() {
    this.values = new Map();
  }

  get = (key) => this.values.get(key) ?? null;
  set = (key, value) => this.values.set(key, value);
  remove = (key) => this.values.delete(key);
}

/** A database as `openDatabase` gives it. */
export class FakeDatabase {
  constructor() {
    this.values = new Map();
    this.writes = 0;
  }

  entries = async () => structuredClone([...this.values]);
  keys = async () => [...this.values.keys()];
  delMany = async (keys) => keys.forEach((key) => this.values.delete(key));
  update = async (key, change) => {
    this.writes += 1;
    this.values.set(key, structuredClone(change(structuredClone(this.values.get(key)))));
  };
}

export const TIME = '2026-01-31T12:00:00.000Z';

export const authenticated = (clientId = 'c1', username = 'Ana', expiresAt = '2026-02-01T12:00:00.000Z') => ({
  type: 'authentication', status: 'authenticated', user: { id: `u-${username}`, username }, clientId, timestamp: TIME, expiresAt,
});
