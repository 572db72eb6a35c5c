// A client of the server for pages and programs: one file, no dependency. Types are in client.d.ts.
//
//   new → connecting → online → waiting → connecting …        or ended, for good
//                       ↓  ↑
//                     checking
//
// It stays connected as the contract's close codes say, renews its token on the open connection, and replaces a token
// that is refused by one new one; if that is refused as well, it ends. The Python client (authws_client) is the same.
//
// `checking`: the server said nothing for a while, or the page was woken. The token is sent again, and an answer proves
// the connection alive: a page is told nothing of pings, and a dead network ends no socket. Nothing else is sent meanwhile.

/** @typedef {import('./client').Sent} Sent */
/** @typedef {import('./client').ClientOptions} ClientOptions */
/** @typedef {{frame: {type: string, messageId: string, [field: string]: unknown}, resolve: (sent: Sent) => void, reject: (error: Error) => void}} Waiting */

export const FIRST_WAIT_MS = 1_000;
export const LONGEST_WAIT_MS = 30_000;
export const PAUSE_MS = 10_000;
export const REFRESH_AT = 0.8;
export const OPEN_MS = 10_000;
export const ANSWER_MS = 8_000;
export const SILENCE_MS = 25_000;
export const STABLE_MS = 5_000;
const CALL_MS = 20_000;
const SHORTEST_REFRESH_MS = 500;
const RETRY_REFRESH_MS = 15_000;
const LONGEST_TIMER_MS = 24 * 3_600_000; // timers of browsers end at once beyond 24 days
const TIMERS = {
  set: (/** @type {() => void} */ act, /** @type {number} */ ms) => setTimeout(act, ms),
  clear: (/** @type {any} */ timer) => clearTimeout(timer),
  now: () => performance.now(),
};
// Sent at most before the first is answered: a long queue must not run into the server's rate limit.
const IN_FLIGHT = 100;
const TOO_BIG = 1009;

/** @type {Record<number, import('./client').Next>} */
const PLANS = { 4003: 'login', 4004: 'login', 4005: 'pause', 4006: 'end', 4009: 'pause', 4010: 'login' };

/** Return what to do after a close code: 'retry', 'pause', 'login' or 'end'. @param {number} code */
export const nextAfterClose = (code) => PLANS[code] ?? 'retry';

/** Return what to do after an AUTH_ERROR with this reason. @param {string} [reason] @returns {import('./client').Next} */
export const nextAfterRefusal = (reason) => (reason === 'banned' ? 'end' : 'login');

/** Return how long to wait before try number `attempt` (from 0): doubling, and at random down to half. @param {number} attempt */
export const backoffMs = (attempt, random = Math.random, longestMs = LONGEST_WAIT_MS) =>
  Math.min(longestMs, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2);

export class ClientError extends Error {
  /** @param {string} message @param {string} code @param {{status?: number, retryAfterMs?: number | null}} more */
  constructor(message, code, more = {}) {
    super(message);
    this.name = 'ClientError';
    this.code = code;
    this.status = more.status ?? 0;
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}

/** @param {ClientError} error */
const isFinal = ({ status }) => status >= 400 && status < 500 && status !== 408 && status !== 429;
/** @param {number} code */
const unsure = (code) => new ClientError(`The connection ended before the answer (${code}): it may have arrived.`, 'CONNECTION_LOST');

/** @param {string} token */
function lifeMs(token) {
  try {
    const { exp, iat } = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    return (exp - iat) * 1_000 || null;
  } catch {
    return null;
  }
}

export class Client {
  #url;
  #options;
  /** @type {Map<string, Set<(value: any, text?: string) => void>>} */
  #listeners = new Map();
  /** @type {any} */
  #socket = null;
  /** @type {Map<string, any>} */
  #timers = new Map();
  /** @type {Waiting[]} */
  #queue = [];
  /** @type {Map<string, Waiting>} */
  #flying = new Map();
  #number = 0;
  #attempt = 0;
  /** @type {number | null} */
  #onlineAt = null;
  /** @type {string} */
  #token;
  #isNewToken = false;
  #tries = 0;
  #wasOpened = false;
  #isPause = false;
  #isWatched = true;
  #heardAt = 0;
  #onlineId = ''; // of the connection that was online last

  /** @param {string | URL} url @param {ClientOptions} options */
  constructor(url, options = {}) {
    this.#url = String(url).replace(/\/+$/, '');
    this.#options = { queueSize: 1_000, random: Math.random, longestWaitMs: LONGEST_WAIT_MS, timers: TIMERS, ...options };
    this.#token = options.token ?? '';
    /** @type {import('./client').State} */
    this.state = 'new';
    this.clientId = '';
    /** @type {import('./client').User | null} */
    this.user = null;
    /** @type {import('./client').ListedUser[]} */
    this.users = [];
    /** @type {string[]} */
    this.features = [];
    this.lastId = '';
    /** @type {boolean | null} */
    this.isRecovered = null;
    /** @type {ClientError | null} */
    this.error = null;
  }

  /** Call back at every 'state', 'frame', 'message', 'direct', 'users', 'token' or 'closed'; returns a function that ends that. @param {string} name @param {(value: any, text?: string) => void} listener */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** @param {string} name @param {unknown} value @param {string} [text] */
  #tell(name, value, text) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(value, text);
  }

  /** Connect; resolves once online, rejects once it never will be. */
  start() {
    if (this.state === 'new') this.#connect();
    return this.until('online');
  }

  /** Resolve once the client is in a state; reject if it ends before. @param {string} state @returns {Promise<void>} */
  until(state) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.state === state) resolve();
        else if (this.state === 'ended') reject(this.error);
        else return;
        off();
      };
      const off = this.on('state', look);
      look();
    });
  }

  /** Talk to everyone; resolves to `{id, recipients, isQueued}`. @param {unknown} content */
  send(content) {
    return this.#ask({ type: 'message', content });
  }

  /** Talk to one user or one connection. @param {string} to @param {unknown} content */
  direct(to, content) {
    return this.#ask({ type: 'direct', to, content });
  }

  /** Send a frame, or its text, as it is; `false` unless online. @param {object | string} frame */
  frame(frame) {
    if (this.state !== 'online' || this.#socket?.readyState !== 1) return false;
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    return true;
  }

  /** Use another token from now on; an open connection is renewed with it. @param {string} token */
  renew(token) {
    this.#token = token;
    this.#authenticate();
  }

  /** Ask for a sign of life; without one, the connection is given up. */
  check() {
    if (this.state !== 'online') return;
    this.#enter('checking');
    this.#authenticate();
  }

  /** The page was shown, or the network is back: end a wait, or see whether the connection still lives. */
  wake() {
    if (this.state === 'waiting' && !this.#isPause) this.#connect();
    else this.check();
  }

  /** Say whether somebody looks: only then is silence looked into, or a phone would never sleep. @param {boolean} isWatched */
  watch(isWatched) {
    this.#isWatched = isWatched;
    this.#watchSilence();
  }

  // One timer, moved when it ends: frames may come by the hundred.
  #watchSilence() {
    if (!this.#isWatched || this.state !== 'online' || this.#timers.has('silence')) return;
    const { timers } = this.#options;
    this.#after('silence', this.#heardAt + SILENCE_MS - timers.now(), () => {
      if (this.#isWatched && timers.now() - this.#heardAt >= SILENCE_MS) this.check();
      this.#watchSilence();
    });
  }

  /** Leave; what waits is rejected. */
  close() {
    this.#end(new ClientError('The client was closed.', 'CLOSED'));
  }

  /** Yield `message` and `direct` frames as they come; ends with the client. */
  async *[Symbol.asyncIterator]() {
    /** @type {any[]} */
    const frames = [];
    let wake = () => {};
    /** @param {any} frame */
    const keep = (frame) => {
      frames.push(frame);
      if (frames.length > this.#options.queueSize) frames.shift();
      wake();
    };
    const offs = [this.on('message', keep), this.on('direct', keep), this.on('state', () => wake())];
    try {
      while (this.state !== 'ended' || frames.length) {
        if (frames.length) yield frames.shift();
        else await new Promise((/** @type {(value?: undefined) => void} */ resolve) => { wake = resolve; });
      }
    } finally {
      for (const off of offs) off();
    }
  }

  /** @param {{type: string, [field: string]: unknown}} frame @returns {Promise<Sent>} */
  #ask(frame) {
    if (this.error) return Promise.reject(this.error);
    if (this.#queue.length + this.#flying.size >= this.#options.queueSize) {
      return Promise.reject(new ClientError(`${this.#options.queueSize} messages wait to be sent already.`, 'QUEUE_FULL'));
    }
    this.#number += 1;
    return new Promise((resolve, reject) => {
      this.#queue.push({ frame: { ...frame, messageId: `m${this.#number}` }, resolve, reject });
      this.#sendWaiting();
    });
  }

  #sendWaiting() {
    for (const sent of [...this.#queue]) {
      if (this.#flying.size >= IN_FLIGHT || !this.frame(sent.frame)) return;
      this.#queue.shift();
      this.#flying.set(sent.frame.messageId, sent);
    }
  }

  // The connection's life

  async #connect() {
    this.#after('retry');
    this.#enter('connecting');
    this.#tries += 1;
    const current = this.#tries;
    try {
      if (!this.#token) {
        this.#token = await this.#newToken();
        if (current !== this.#tries || this.state !== 'connecting') return;
      }
      this.#open();
    } catch (error) {
      if (current !== this.#tries || this.state !== 'connecting') return;
      if (error instanceof ClientError && isFinal(error)) this.#end(error);
      else if (error instanceof ClientError && error.status === 0 && error.code !== 'UNREACHABLE') this.#end(error);
      else if (error instanceof ClientError) this.#wait(error.retryAfterMs ?? 0);
      else this.#end(new ClientError(String(error), 'FAILED'));
    }
  }

  #open() {
    const Socket = this.#options.WebSocket ?? globalThis.WebSocket;
    if (!Socket) throw new ClientError('There is no WebSocket here: pass one as `WebSocket`.', 'NO_WEBSOCKET');
    const socket = new Socket(`${this.#url.replace(/^http/, 'ws')}/ws`);
    this.#socket = socket;
    this.#wasOpened = false;
    this.#after('answer', OPEN_MS, () => this.#lost(1006));
    socket.onopen = () => {
      this.#wasOpened = true;
      this.#authenticate();
    };
    socket.onmessage = (/** @type {{data: string}} */ { data }) => this.#heard(data);
    socket.onclose = (/** @type {{code: number, reason: string}} */ { code, reason }) => this.#lost(code, reason);
    socket.onerror = () => {}; // `onclose` follows
  }

  #authenticate() {
    if (this.#socket?.readyState !== 1) return;
    const { app, presence, wishes } = this.#options;
    const since = this.lastId || undefined;
    // What is still on its way there must not count once this connection tells what has arrived.
    const replaces = this.#onlineId || undefined;
    this.#socket.send(JSON.stringify({ type: 'authenticate', token: this.#token, app, presence, since, replaces, ...wishes?.() }));
    this.#after('answer', ANSWER_MS, () => this.#lost(1006));
  }

  /** @param {string} data */
  #heard(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame === null || typeof frame !== 'object') return;
    this.#heardAt = this.#options.timers.now();
    if (frame.type === 'connection') {
      this.clientId = frame.clientId;
      this.features = frame.features ?? [];
    } else if (frame.type === 'authentication') this.#accepted(frame);
    else if (frame.type === 'user_list') this.#tell('users', (this.users = frame.users));
    else if (frame.type === 'error' && frame.code === 'AUTH_ERROR') {
      const error = new ClientError(frame.message, frame.reason?.toUpperCase() ?? frame.code);
      this.#next(nextAfterRefusal(frame.reason), error, error, { code: 0, reason: frame.reason ?? '' });
      return;
    } else if (frame.type === 'message' || frame.type === 'direct') this.lastId = frame.id ?? this.lastId;
    this.#tell('frame', frame, data);
    if (frame.type === 'message' || frame.type === 'direct') this.#tell(frame.type, frame);
    this.#answer(frame);
    this.#sendWaiting();
  }

  /** @param {any} frame */
  #accepted(frame) {
    this.#after('answer');
    this.#isNewToken = false;
    this.#onlineAt ??= this.#heardAt;
    this.#onlineId = frame.clientId ?? this.clientId;
    this.user = frame.user;
    this.isRecovered = frame.recovered ?? null;
    const leftMs = Date.parse(frame.expiresAt) - Date.parse(frame.timestamp);
    if (!Number.isNaN(leftMs)) {
      const dueMs = leftMs - (1 - REFRESH_AT) * (lifeMs(this.#token) ?? leftMs);
      this.#after('refresh', Math.min(LONGEST_TIMER_MS, Math.max(SHORTEST_REFRESH_MS, dueMs)), () => this.#refresh());
    }
    this.#enter('online');
    this.#watchSilence();
  }

  /** @param {number} code @param {string} [reason] */
  #lost(code, reason = '') {
    const error = new ClientError(reason || `The connection ended with ${code}.`, String(code));
    const ofSent = code === TOO_BIG ? new ClientError('The server takes no frame so large.', 'MESSAGE_TOO_BIG') : unsure(code);
    this.#next(nextAfterClose(code), error, ofSent, { code, reason });
  }

  /** @param {import('./client').Next} next @param {ClientError} error @param {ClientError} ofSent @param {{code: number, reason: string}} end */
  #next(next, error, ofSent, end) {
    const wasStable = this.#onlineAt !== null && this.#options.timers.now() - this.#onlineAt >= STABLE_MS;
    const wasOpened = this.#wasOpened;
    this.#drop();
    this.#fail(this.#flying, ofSent);
    if (wasStable) this.#attempt = 0;
    // Once: a client must not come back again and again with a token that does not count.
    const { username, getToken } = this.#options;
    const isEnd = next === 'end' || (next === 'login' && (this.#isNewToken || !(username || getToken)));
    if (next === 'login') {
      this.#token = '';
      this.#isNewToken = true;
    }
    const retryMs = isEnd ? null : this.#wait(next === 'pause' ? PAUSE_MS : 0);
    if (isEnd) this.#end(error);
    this.#tell('closed', { ...end, message: error.message, next, retryMs, wasOpened });
  }

  /** Try again later; returns when, ms. @param {number} atLeastMs */
  #wait(atLeastMs) {
    // Not all who were sent away at the same moment may come back at one.
    const ms = atLeastMs + backoffMs(this.#attempt, this.#options.random, this.#options.longestWaitMs);
    this.#attempt += 1;
    this.#isPause = atLeastMs > 0;
    this.#after('retry', ms, () => this.#connect());
    this.#enter('waiting');
    return ms;
  }

  #drop() {
    for (const name of [...this.#timers.keys()]) this.#after(name);
    this.#onlineAt = null;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {ClientError} error */
  #end(error) {
    if (this.error) return;
    this.error = error;
    this.#drop();
    this.#fail(this.#flying, error);
    for (const { reject } of this.#queue.splice(0)) reject(error);
    this.#enter('ended');
  }

  /** @param {import('./client').State} state */
  #enter(state) {
    if (this.state === state) return;
    this.state = state;
    this.#tell('state', state);
  }

  /** Set a timer by name, in place of the last of that name; without a time, only clear that. @param {string} name @param {number} [ms] @param {() => void} [act] */
  #after(name, ms, act) {
    const { timers } = this.#options;
    timers.clear(this.#timers.get(name));
    this.#timers.delete(name);
    if (!act) return;
    this.#timers.set(name, timers.set(() => {
      this.#timers.delete(name);
      act();
    }, ms ?? 0));
  }

  // Answers to messages

  /** @param {any} frame */
  #answer(frame) {
    const sent = { id: frame.id, recipients: frame.recipients ?? null, isQueued: frame.queued === true };
    if (frame.type === 'message_delivered' || frame.type === 'message_accepted') this.#settle(frame.messageId, sent);
    else if (frame.type === 'error' && frame.messageId !== undefined) {
      this.#settle(frame.messageId, null, new ClientError(frame.message, frame.code, { retryAfterMs: frame.retryAfterMs }));
    } else if (frame.type === 'message' && frame.from === this.clientId && !this.features.includes('accepted')) {
      // Frames of one sender keep their order, so the echo is the oldest one's that reads the same.
      const text = JSON.stringify(frame.content);
      const own = [...this.#flying.values()].find(({ frame: { type, content } }) => type === 'message' && JSON.stringify(content) === text);
      if (own) this.#settle(own.frame.messageId, sent);
    }
  }

  /** @param {string} key @param {Sent | null} sent @param {Error} [error] */
  #settle(key, sent, error) {
    const waiting = this.#flying.get(key);
    this.#flying.delete(key);
    if (sent) waiting?.resolve(sent);
    else waiting?.reject(error ?? unsure(0));
  }

  /** @param {Map<string, Waiting>} waiting @param {Error} error */
  #fail(waiting, error) {
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(error);
  }

  // Tokens

  /** @returns {Promise<string>} */
  async #newToken() {
    const { getToken, username, password } = this.#options;
    if (getToken) return getToken();
    if (!username) throw new ClientError('There is no token and no login.', 'NO_TOKEN');
    return (await this.#call('/auth/login', { body: JSON.stringify({ username, password }) })).token;
  }

  async #refresh() {
    const socket = this.#socket;
    try {
      const { getToken } = this.#options;
      const headers = { Authorization: `Bearer ${this.#token}` };
      const before = this.#token;
      const answer = getToken ? { token: await getToken() } : await this.#call('/auth/refresh', { headers });
      if (socket !== this.#socket || before !== this.#token) return;
      this.#tell('token', answer);
      this.renew(answer.token);
    } catch (error) {
      // The server ends the connection when the token does, and that is dealt with.
      if (socket !== this.#socket || (error instanceof ClientError && isFinal(error))) return;
      this.#after('refresh', RETRY_REFRESH_MS, () => this.#refresh());
    }
  }

  /** @param {string} path @param {{body?: string, headers?: Record<string, string>}} more */
  async #call(path, { body, headers = {} }) {
    /** @type {Record<string, string>} */
    const type = body ? { 'Content-Type': 'application/json' } : {};
    let response;
    try {
      /** @type {RequestInit} */
      const request = { method: 'POST', headers: { ...type, ...headers }, credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout?.(CALL_MS) };
      response = await fetch(this.#url + path, body ? { ...request, body } : request);
    } catch (error) {
      throw new ClientError(String(error), 'UNREACHABLE');
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const retryAfterMs = 1_000 * Number(response.headers.get('Retry-After')) || null;
    throw new ClientError(answer.message ?? `HTTP ${response.status}`, answer.code ?? 'HTTP', { status: response.status, retryAfterMs });
  }
}
