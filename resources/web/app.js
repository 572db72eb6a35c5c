// Ties the parts together: login, connection, outbox and store. Knows what happens when; the views show it.

import * as http from './api.js';
import { LONGEST_WAIT_MS } from './closing.js';
import { Outbox } from './outbox.js';
import { renewalDelayMs } from './session.js';
import { Connection } from './socket.js';
import { Store } from './store.js';
import { EVERYONE } from './threads.js';

const RENEW_RETRY_MS = 15_000;
// So long after its start, a server's clients are on their way back (see LONGEST_WAIT_MS).
const SETTLING_S = LONGEST_WAIT_MS / 1000 + 2;

export class App {
  /**
   * @param {object} deps
   * @param {import('./session.js').Session} deps.session
   * @param {object} deps.timers `set`, `clear`, `now`
   * @param {() => WebSocket} deps.openSocket
   * @param {(user: object) => object} deps.outboxStorage
   * @param {() => string} deps.newId
   * @param {import('./server-clock.js').ServerClock} deps.clock
   * @param {import('./siblings.js').Siblings} deps.siblings
   * @param {() => void} deps.onChange
   * @param {(thread: object, message: object) => void} deps.onHeard
   * @param {object} [deps.api] for tests
   */
  constructor({ session, timers, openSocket, outboxStorage, newId, clock, siblings, onChange, onHeard, api = http }) {
    Object.assign(this, { session, timers, outboxStorage, newId, siblings, onChange, api });
    siblings.onTaken = (ids) => ids.forEach((id) => this.outbox?.has(id) && this.discard(id));
    siblings.onSaid = (word) => word.userId === this.store.user?.id && this.store.saidElsewhere(word);
    this.screen = 'login';
    this.notice = null;
    this.lastName = '';
    this.version = null;
    this.isOutdated = false;
    this.isFull = false;
    this.renewTimer = null;
    this.awaited = new Set();
    this.isSettling = false;
    this.settleTimer = null;
    this.store = new Store({ clock, onChange, onHeard });
    this.outbox = null;
    this.connection = new Connection({
      open: openSocket,
      app: 'Authws web',
      timers,
      onState: () => onChange(),
      onFrame: (frame) => this.#onFrame(frame),
      onClosed: (plan, code) => this.#onClosed(plan, code),
    });
  }

  /** Begin with the login there is, if there is one. */
  start() {
    this.#compareVersion();
    if (this.session.current) this.#enter();
    else this.onChange();
  }

  // Login and logout

  /** Go in with the answer of register or login. */
  loggedIn(answer) {
    this.session.save(answer);
    this.#enter();
  }

  async logout() {
    const token = this.session.current?.token;
    this.outbox.clear();
    this.#leave('endedElsewhere');
    try {
      if (token) await this.api.logout(token);
    } catch {
      // The token is forgotten here in any case, and ends by itself.
    }
  }

  /** Another tab logged in, renewed its token or logged out. */
  sessionChanged() {
    const { current } = this.session;
    if (!current) {
      if (this.screen === 'chat') this.#leave('endedElsewhere');
    } else if (this.screen === 'chat' && this.store.user?.username === current.user.username) {
      this.connection.renew(current.token);
    } else if (this.screen !== 'banned') {
      this.#enter();
    }
  }

  #enter() {
    const { user, token } = this.session.current;
    this.screen = 'chat';
    this.notice = null;
    this.lastName = user.username;
    if (this.store.user?.id !== user.id) {
      this.store.reset(user);
      this.outbox = new Outbox({
        storage: this.outboxStorage(user),
        newId: this.newId,
        onChange: (entry) => this.store.updateOwn(entry),
      });
      for (const entry of this.outbox.restore()) this.store.addOwn(entry);
    }
    this.connection.start(token);
    this.onChange();
  }

  #leave(notice) {
    this.timers.clear(this.renewTimer);
    this.connection.stop();
    this.session.clear();
    if (notice === 'endedElsewhere') this.store.reset(null);
    this.screen = 'login';
    this.notice = notice;
    this.onChange();
  }

  // The connection

  /** The page was shown, or the network came back. */
  wake() {
    if (this.screen === 'chat') this.connection.wake();
  }

  #onFrame(frame) {
    switch (frame.type) {
      case 'authentication':
        return this.#onAuthenticated(frame);
      case 'user_list':
        this.store.peopleChanged(frame);
        return this.#settleIfAllAreBack();
      case 'message':
        return this.#onMessage(frame);
      case 'direct':
        return this.store.received(frame);
      case 'message_delivered':
        return this.#onDelivered(frame);
      case 'error':
        return this.#onError(frame);
    }
  }

  #onAuthenticated(frame) {
    const isNew = frame.clientId !== this.store.clientId;
    this.isFull = false;
    this.store.authenticated(frame);
    this.#renewIn(renewalDelayMs(frame.timestamp, frame.expiresAt));
    if (isNew) this.#settle();
    else this.pump();
  }

  /**
   * Go on after a reconnect. If the server has just been started, what was written meanwhile waits a little for
   * those who were here before: the server keeps no messages, and a room that is still empty would lose them.
   */
  async #settle() {
    this.isSettling = this.outbox.next() !== null;
    const { outbox } = this;
    const uptimeS = (await this.#compareVersion())?.uptimeSeconds ?? SETTLING_S;
    if (!this.isSettling || this.outbox !== outbox) return;
    this.settleTimer = this.timers.set(() => this.#endSettling(), Math.max(0, SETTLING_S - uptimeS) * 1000);
    this.#settleIfAllAreBack();
  }

  #settleIfAllAreBack() {
    if (this.settleTimer === null || !this.store.isCurrent) return;
    if ([...this.awaited].every((key) => this.store.people.isHere(key))) this.#endSettling();
  }

  #endSettling() {
    this.timers.clear(this.settleTimer);
    this.settleTimer = null;
    this.isSettling = false;
    this.pump();
  }

  #stopSettling() {
    this.timers.clear(this.settleTimer);
    this.settleTimer = null;
    this.isSettling = false;
    const { people, myKey } = this.store;
    this.awaited = new Set([...people.byKey.keys()].filter((key) => key !== myKey));
    this.store.isCurrent = false;
  }

  #onMessage(frame) {
    const entry = frame.from === this.store.clientId ? this.outbox.confirmEcho(frame.content) : null;
    if (!entry) return this.store.received(frame);
    this.store.updateOwn({ id: entry.id, state: 'done' }, frame);
    this.pump();
  }

  #onDelivered(frame) {
    const entry = this.outbox.confirmDelivered(frame.messageId);
    if (entry) {
      this.store.updateOwn({ id: entry.id, state: 'done' }, frame);
      const { thread, text } = entry;
      this.siblings.say({ userId: this.store.user.id, thread, text, timestamp: frame.timestamp });
    }
    this.pump();
  }

  #onError({ code, message, messageId, retryAfterMs }) {
    if (messageId === undefined) return;
    if (code === 'RATE_LIMIT_EXCEEDED') {
      this.outbox.requeue(messageId);
      this.timers.set(() => this.pump(), Math.max(250, retryAfterMs ?? 1_000));
      return;
    }
    this.outbox.fail(messageId, code === 'INVALID_RECIPIENT' ? { key: 'failedAbsent' } : { text: message });
    this.pump();
  }

  #onClosed(plan, code) {
    this.timers.clear(this.renewTimer);
    this.outbox.connectionLost(Boolean(plan.isFrameRefused));
    this.#stopSettling();
    if (plan.next === 'end') {
      this.screen = 'banned';
    } else if (plan.next === 'login') {
      // Another tab may have a newer login already.
      if (this.session.reload() && this.session.current) this.#enter();
      else this.#leave(plan.notice);
    } else if (code !== 1001 && !this.connection.state.wasOpened) {
      this.#askWhyNot();
    }
    this.onChange();
  }

  /** A handshake failed, of which a page is told nothing: the HTTP side may say more. */
  async #askWhyNot() {
    try {
      await this.api.status();
      this.isFull = true;
    } catch (error) {
      this.isFull = false;
      if (error.code === 'BANNED') {
        this.connection.stop('ended');
        this.screen = 'banned';
      }
    }
    this.onChange();
  }

  #renewIn(ms) {
    this.timers.clear(this.renewTimer);
    this.renewTimer = this.timers.set(() => this.#renew(), ms);
  }

  async #renew() {
    const before = this.session.current?.token;
    if (!before || this.screen !== 'chat') return;
    try {
      const { body } = await this.api.refresh(before);
      if (this.session.current?.token !== before) return;
      this.session.save(body);
      this.connection.renew(body.token);
    } catch {
      // The server ends the connection when the token does, and says why; until then, try again.
      if (this.screen === 'chat') this.#renewIn(RENEW_RETRY_MS);
    }
  }

  async #compareVersion() {
    try {
      const { body } = await this.api.status();
      this.version ??= body.version;
      this.isOutdated = body.version !== this.version;
      this.onChange();
      return body;
    } catch {
      return null; // Asked again with the next connection.
    }
  }

  // Messages

  /** Send a message to the thread that is open, now or as soon as there is a connection. */
  say(text) {
    const thread = this.store.threads.get(this.store.active);
    const to = thread.key === EVERYONE ? null : (this.store.people.byKey.get(thread.key)?.userId ?? thread.name);
    this.store.addOwn(this.outbox.add({ key: thread.key, name: thread.name }, to, text));
    this.pump();
  }

  retry(id) {
    this.outbox.retry(id);
    this.pump();
  }

  discard(id) {
    this.outbox.discard(id);
    this.store.removeOwn(id);
  }

  /** Send what waits, as far as the connection takes it. */
  pump() {
    if (this.isSettling) return;
    for (let entry = this.outbox.next(); entry && this.connection.isReady; entry = this.outbox.next()) {
      if (!this.connection.send(Outbox.frameOf(entry))) return;
      this.outbox.markSending(entry);
    }
  }
}
