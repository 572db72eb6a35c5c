// One WebSocket that stays: connects, authenticates, notices silence, and comes back after growing waits.
//
//   idle ─start→ connecting ─open→ authenticating ─accepted→ online ⇄ checking
//                    ↑                                  │ closed
//                    └──────────── waiting ←────────────┘        (or ended: login or banned)
//
// `checking`: the page was hidden or nothing was answered; the token is sent again, and an answer proves the
// connection alive. Nothing else is sent meanwhile. Knows no page: everything it uses is passed in.

import { PAUSE_MS, backoffMs, noticeForReason, planFor } from './closing.js';

export const OPEN_TIMEOUT_MS = 10_000;
export const ANSWER_TIMEOUT_MS = 8_000;
export const STABLE_MS = 5_000;

export class Connection {
  /**
   * @param {object} deps
   * @param {() => WebSocket} deps.open makes a socket
   * @param {string} deps.app name shown to the host
   * @param {{set: Function, clear: Function, now: () => number}} deps.timers monotonic
   * @param {() => number} deps.random
   * @param {(state: object) => void} deps.onState after each change
   * @param {(frame: object) => void} deps.onFrame every frame of the server
   * @param {(plan: object, code: number) => void} deps.onClosed when a socket ended, before the next try
   */
  constructor({ open, app, timers, random = Math.random, onState, onFrame, onClosed }) {
    Object.assign(this, { open, app, timers, random, onState, onFrame, onClosed });
    this.state = { name: 'idle', notice: null, retryAtMs: 0 };
    this.token = null;
    this.socket = null;
    this.attempt = 0;
    this.onlineSinceMs = null;
    this.timer = null;
  }

  get isReady() {
    return this.state.name === 'online';
  }

  start(token) {
    this.stop();
    this.token = token;
    this.attempt = 0;
    this.#connect();
  }

  /** End the socket and try no more. */
  stop(name = 'idle', notice = null) {
    this.#drop();
    this.#enter(name, notice);
  }

  /** Use another token; a connection that is open is renewed with it. */
  renew(token) {
    this.token = token;
    if (this.state.name === 'online' || this.state.name === 'checking') this.#authenticate();
  }

  /** Send a message; `false` unless online. */
  send(message) {
    if (!this.isReady || this.socket.readyState !== 1) return false;
    this.socket.send(JSON.stringify(message));
    if (this.timer === null) this.#expectAnswer(() => this.check());
    return true;
  }

  /** The page was woken or the network came back: do not wait any longer than needed. */
  wake() {
    if (this.state.name === 'waiting' && !this.state.isPause) this.tryNow();
    else if (this.state.name === 'online') this.check();
  }

  /** End a wait. */
  tryNow() {
    if (this.state.name === 'waiting') this.#connect();
  }

  /** Ask for a sign of life. */
  check() {
    if (this.state.name !== 'online') return;
    this.#enter('checking');
    this.#authenticate();
    this.#expectAnswer(() => this.#lost(1006));
  }

  #connect() {
    this.#drop();
    this.#enter('connecting', this.state.notice);
    let socket;
    try {
      socket = this.open();
    } catch {
      this.#lost(1006);
      return;
    }
    this.socket = socket;
    this.wasOpened = false;
    this.#after(OPEN_TIMEOUT_MS, () => this.#lost(1006));
    socket.onopen = () => {
      this.wasOpened = true;
      this.#enter('authenticating', this.state.notice);
      this.#authenticate();
      this.#expectAnswer(() => this.#lost(1006));
    };
    socket.onmessage = (event) => this.#heard(event.data);
    socket.onclose = (event) => this.#lost(event.code);
  }

  #authenticate() {
    if (this.socket?.readyState === 1) {
      this.socket.send(JSON.stringify({ type: 'authenticate', token: this.token, app: this.app }));
    }
  }

  #heard(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame === null || typeof frame !== 'object') return;
    if (frame.type === 'authentication') this.#accepted();
    else if (frame.type === 'error' && frame.code === 'AUTH_ERROR') return this.#refused(frame);
    else if (this.state.name === 'online') this.#after(null);
    this.onFrame(frame);
  }

  #accepted() {
    this.#after(null);
    this.onlineSinceMs ??= this.timers.now();
    this.#enter('online');
  }

  #refused(frame) {
    this.#drop();
    const plan = { next: 'login', notice: noticeForReason(frame.reason) };
    this.#enter('ended', plan.notice);
    this.onClosed(plan, 0);
  }

  #lost(code) {
    const plan = planFor(code);
    const wasStable = this.onlineSinceMs !== null && this.timers.now() - this.onlineSinceMs >= STABLE_MS;
    const wasOpened = this.wasOpened;
    this.#drop();
    if (wasStable) this.attempt = 0;
    if (plan.next === 'login' || plan.next === 'end') {
      this.#enter('ended', plan.notice);
    } else {
      const isPause = plan.next === 'pause';
      const waitMs = isPause ? PAUSE_MS + Math.round(this.random() * 2_000) : backoffMs(this.attempt, this.random);
      this.attempt += 1;
      // A try that failed says nothing new: what ended the last connection is still why.
      const notice = wasOpened || !this.state.notice ? plan.notice : this.state.notice;
      this.#after(waitMs, () => this.#connect());
      this.#enter('waiting', notice, { retryAtMs: this.timers.now() + waitMs, isPause, wasOpened });
    }
    this.onClosed(plan, code);
  }

  #expectAnswer(act) {
    this.#after(ANSWER_TIMEOUT_MS, act);
  }

  /** There is one timer at a time; `null` only clears it. */
  #after(ms, act) {
    if (this.timer !== null) this.timers.clear(this.timer);
    this.timer = null;
    if (ms !== null) {
      this.timer = this.timers.set(() => {
        this.timer = null;
        act();
      }, ms);
    }
  }

  #drop() {
    this.#after(null);
    this.onlineSinceMs = null;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #enter(name, notice = null, more = {}) {
    this.state = { name, notice, retryAtMs: 0, ...more };
    this.onState(this.state);
  }
}
