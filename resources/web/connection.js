// The page's connection: the published client (client.js) for one login after the other, and how it stands, in words.

import { Client } from './client.js';
import { noticeOf } from './closing.js';

/** @typedef {import('./client').Closed} Closed */
/** @typedef {import('./frames').ServerFrame} ServerFrame */
/** @typedef {import('./strings.js').TextKey} TextKey */
/**
 * @typedef {object} ConnectionState
 * @property {import('./client').State} name
 * @property {TextKey | null} notice why the last connection ended
 * @property {number} retryAtMs when the wait ends
 * @property {boolean} isPause whether the wait cannot be cut short
 */

/** On a local network a try costs next to nothing, and after a restart all should be back soon. */
export const LONGEST_WAIT_MS = 8_000;

export class Connection {
  /**
   * @param {object} deps
   * @param {string} deps.url of the server
   * @param {new (url: string) => WebSocket} deps.WebSocket
   * @param {() => Omit<import('./frames').Authenticate, 'type' | 'token'>} deps.wishes what to ask for with the token
   * @param {import('./timers.js').Timers} deps.timers
   * @param {() => number} [deps.random]
   * @param {() => void} deps.onState after each change
   * @param {(frame: ServerFrame, text: string) => void} deps.onFrame every frame of the server, and as it was written
   * @param {(answer: import('./frames').TokenAnswer) => void} deps.onToken the token was renewed
   * @param {(closed: Closed) => void} deps.onClosed when a connection ended
   */
  constructor({ url, WebSocket, wishes, timers, random, onState, onFrame, onToken, onClosed }) {
    this.url = url;
    this.timers = timers;
    this.options = { WebSocket, wishes, timers, longestWaitMs: LONGEST_WAIT_MS, ...(random ? { random } : {}) };
    this.onState = onState;
    this.onFrame = onFrame;
    this.onToken = onToken;
    this.onClosed = onClosed;
    /** @type {Client | null} */
    this.client = null;
    /** @type {ConnectionState} */
    this.state = { name: 'new', notice: null, retryAtMs: 0, isPause: false };
    this.isWatched = true;
    this.heardAtMs = 0;
  }

  get isReady() {
    return this.state.name === 'online';
  }

  /** Connect with a token, in place of the connection there is. @param {string} token */
  start(token) {
    this.stop();
    const client = new Client(this.url, { ...this.options, token });
    this.client = client;
    client.watch(this.isWatched);
    client.on('state', (name) => this.#enter(name));
    client.on('frame', (frame, text) => this.#heard(/** @type {ServerFrame} */ (/** @type {unknown} */ (frame)), text));
    client.on('token', (answer) => this.onToken(/** @type {import('./frames').TokenAnswer} */ (answer)));
    client.on('closed', (closed) => this.#closed(closed));
    client.start().catch(() => {}); // `closed` tells it
  }

  /** End the connection and try no more. */
  stop() {
    const { client } = this;
    this.client = null;
    client?.close();
    this.state = { name: 'new', notice: null, retryAtMs: 0, isPause: false };
    this.onState();
  }

  /** Use another token; a connection that is open is renewed with it. @param {string} token */
  renew(token) {
    this.client?.renew(token);
  }

  /**
   * Send a message; `false` unless online.
   *
   * @param {import('./frames').ClientFrame} message
   * @param {string | null} content JSON that goes out as it was written, which parsing could change
   */
  send(message, content = null) {
    if (content === null) return this.client?.frame(message) ?? false;
    const text = JSON.stringify({ ...message, content: undefined });
    return this.client?.frame(`${text.slice(0, -1)},"content":${content}}`) ?? false;
  }

  /** The page was woken, the network came back, or the person asks for it: do not wait any longer than needed. */
  wake() {
    this.client?.wake();
  }

  /** Ask for a sign of life. */
  check() {
    this.client?.check();
  }

  /** Say whether the person looks at the page. @param {boolean} isWatched */
  watch(isWatched) {
    this.isWatched = isWatched;
    this.client?.watch(isWatched);
  }

  /** @param {ServerFrame} frame @param {string} text */
  #heard(frame, text) {
    this.heardAtMs = this.timers.now();
    this.onFrame(frame, text);
  }

  /** @param {Closed} closed */
  #closed(closed) {
    // A try that failed says nothing new: what ended the last connection is still why.
    const notice = (!closed.wasOpened && this.state.notice) || noticeOf(closed);
    const { retryMs } = closed;
    this.state = { ...this.state, notice, isPause: closed.next === 'pause', retryAtMs: this.timers.now() + (retryMs ?? 0) };
    this.onState();
    this.onClosed(closed);
  }

  /** @param {import('./client').State} name */
  #enter(name) {
    // What stands for a while is told of by `closed`, which follows; its notice stays until a connection stands.
    const notice = name === 'online' ? null : this.state.notice;
    this.state = { name, notice, retryAtMs: this.state.retryAtMs, isPause: this.state.isPause };
    this.onState();
  }
}
