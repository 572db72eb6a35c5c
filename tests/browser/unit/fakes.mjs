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

  ends(code) {
    this.readyState = 3;
    this.onclose({ code });
  }

  get last() {
    return this.sent.at(-1);
  }
}

export class FakeStorage {
  constructor() {
    this.values = new Map();
  }

  get = (key) => this.values.get(key) ?? null;
  set = (key, value) => this.values.set(key, value);
  remove = (key) => this.values.delete(key);
}

export const TIME = '2026-01-31T12:00:00.000Z';

export const authenticated = (clientId = 'c1', username = 'Ana', expiresAt = '2026-02-01T12:00:00.000Z') => ({
  type: 'authentication', status: 'authenticated', user: { id: `u-${username}`, username }, clientId, timestamp: TIME, expiresAt,
});
