// Ties the parts together: login, connection, outbox and store. Knows what happens when; the views show it.

import * as http from './api.js';
import { readBan } from './ban.js';
import { noticeOf } from './closing.js';
import { readContent } from './content.js';
import { readConvention } from './conventions.js';
import { Connection } from './connection.js';
import { Recovery } from './recovery.js';
import { Sender } from './sender.js';
import { Settling } from './settling.js';
import { Store } from './store.js';
import { t } from './strings.js';
import { EVERYONE } from './threads.js';

/** @typedef {import('./frames').ServerFrame} ServerFrame */
/** @typedef {import('./outbox.js').OutboxStorage} OutboxStorage */
/** @typedef {import('./strings.js').TextKey} TextKey */

/** The server tells a ban's end by the minute. */
const BAN_MARGIN_MS = 2_000;
const FRAME_TOO_BIG = 1009;
/** A browser's timers end at once beyond 24 days; a day is long enough. */
const LONGEST_TIMER_MS = 24 * 3600 * 1000;

export class App {
  /**
   * @param {object} deps
   * @param {import('./session.js').Session} deps.session
   * @param {import('./timers.js').Timers} deps.timers
   * @param {string} deps.url of the server
   * @param {new (url: string) => WebSocket} deps.WebSocket
   * @param {(user: import('./frames').WireUser) => OutboxStorage} deps.outboxStorage
   * @param {() => string} deps.newId
   * @param {import('./server-clock.js').ServerClock} deps.clock
   * @param {import('./siblings.js').Siblings} deps.siblings
   * @param {import('./memory.js').Memory} deps.memory
   * @param {import('./drafts.js').Drafts} deps.drafts
   * @param {() => void} deps.onChange
   * @param {(status: import('./frames').ServerStatus) => void} [deps.onStatus] what the server tells of itself
   * @param {(thread: import('./threads.js').Thread, message: import('./threads.js').Message) => void} deps.onHeard
   * @param {Pick<typeof http, 'status' | 'logout'>} [deps.api] for tests
   */
  constructor({ session, timers, url, WebSocket, outboxStorage, newId, clock, siblings, memory, drafts, onChange, onHeard, onStatus = () => {}, api = http }) {
    this.session = session;
    this.outboxStorage = outboxStorage;
    this.memory = memory;
    this.drafts = drafts;
    this.onChange = onChange;
    this.api = api;
    this.onStatus = onStatus;
    /** @type {import('./frames').ServerStatus | null} */
    this.room = null;
    siblings.onSaid = (said) => {
      if (said.userId === this.store.user?.id) this.store.saidElsewhere(said);
    };
    /** @type {'login' | 'chat' | 'banned'} */
    this.screen = 'login';
    /** @type {TextKey | null} why the login is shown */
    this.notice = null;
    this.lastName = '';
    /** @type {string | null} the server's, when the page was loaded */
    this.version = null;
    this.isOutdated = false;
    /** @type {import('./ban.js').Ban} */
    this.ban = { untilMs: null, reason: '' };
    /** @type {number | null} */
    this.banTimer = null;
    this.timers = timers;
    this.isFull = false;
    this.store = new Store({ clock, onChange, onHeard, storage: session.storage, perTab: siblings.storage, onKept: (thread) => memory.keep(thread) });
    this.connection = new Connection({
      url,
      WebSocket,
      wishes: () => this.recovery.wishes(this.sender.outbox.doubtfulConnection),
      timers,
      onState: () => onChange(),
      onFrame: (frame, text) => this.#onFrame(frame, text),
      onToken: (answer) => session.save(answer),
      onClosed: (closed) => this.#onClosed(closed),
    });
    const { connection, store } = this;
    this.settling = new Settling({ timers, store, status: () => this.#compareVersion(), onEnd: () => this.sender.pump() });
    this.sender = new Sender({ timers, newId, store, siblings, connection, isHeld: () => this.settling.isOn || this.recovery.isCatchingUp });
    this.recovery = new Recovery({ store, memory, newId, send: (frame) => connection.send(frame), onCaughtUp: () => this.sender.pump() });
    memory.onWritten = (id) => this.recovery.written(id);
  }

  /** Begin with the login there is, if there is one. */
  start() {
    this.#compareVersion();
    if (this.session.current) this.#enter();
    else this.onChange();
  }

  // Login and logout

  /** Go in with the answer of register or login. @param {import('./frames').TokenAnswer} answer */
  loggedIn(answer) {
    this.session.save(answer);
    this.#enter();
  }

  async logout() {
    const token = this.session.current?.token;
    this.sender.outbox.clear();
    this.#leave('endedElsewhere');
    try {
      if (token) await this.api.logout(token);
    } catch {
      // The token is forgotten here in any case, and ends by itself.
    }
    // With the answer, the browser cleared what is stored: also of who has logged in meanwhile.
    if (this.session.current) this.session.save(this.session.current);
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
    if (!this.session.current) return;
    const { user, token } = this.session.current;
    this.screen = 'chat';
    this.notice = null;
    this.lastName = user.username;
    if (this.store.user?.id !== user.id) {
      this.store.reset(user, this.drafts.load(user.id));
      this.#remember(user.id);
      this.recovery.begin();
      this.sender.begin(this.outboxStorage(user));
    }
    this.connection.start(token);
    this.onChange();
  }

  /** @param {string} userId */
  async #remember(userId) {
    const kept = await this.memory.load(userId);
    // Meanwhile, that user may have logged out.
    if (this.memory.userId === userId) {
      this.store.past.remember(kept, this.memory.heardMs);
      this.recovery.fillGaps();
    }
  }

  /** The page may end now: note until when all that was said is kept. */
  rest() {
    if (this.screen === 'chat') this.memory.heard(this.#heardMs);
  }

  /** The server's time when something was last heard of it. */
  get #heardMs() {
    const { clock } = this.store;
    return clock.serverMs === null ? null : Math.max(clock.serverMs, clock.at(this.connection.heardAtMs) ?? 0);
  }

  /** Keep what was begun. @param {import('./threads.js').Thread} thread @param {string} text */
  draft(thread, text) {
    thread.draft = text;
    this.drafts.set(thread.key, text);
  }

  /** @param {TextKey} notice */
  #leave(notice) {
    this.connection.stop();
    this.session.clear();
    if (notice === 'endedElsewhere') {
      this.memory.forget();
      this.drafts.forget();
      this.store.reset(null);
    }
    this.screen = 'login';
    this.notice = notice;
    this.onChange();
  }

  // What the host leads

  /** What we may do here: host, member, guest; empty before it is known. */
  get role() {
    const { store } = this;
    return store.myKey ? store.people.roleOf(store.myKey) : '';
  }

  get isOnlyForHosts() {
    return this.room?.whoMayWrite === 'host' && this.role !== 'host';
  }

  /** Why nothing can be written in the conversation that is open; `null` if it can. @returns {TextKey | null} */
  get silence() {
    const thread = this.store.shown;
    if (!thread || !this.room) return null;
    if (thread.key === EVERYONE) return this.isOnlyForHosts ? 'onlyHosts' : null;
    const isAmongGuests = this.role === 'guest' && this.store.people.roleOf(thread.key) === 'guest';
    return isAmongGuests && !this.room.guestDirects ? 'noGuestDirects' : null;
  }

  /** Raise a hand, or take it down; vote. @param {{kind: 'hand', raised: boolean, text: string} | {kind: 'vote', poll: string, option: number, text: string}} content */
  signal(content) {
    const { store } = this;
    store.leading.remark('');
    const isToHosts = this.isOnlyForHosts;
    const mine = readConvention(content);
    if (!this.sender.signal(content, isToHosts)) return store.leading.remark(t(isToHosts && !store.people.hosts.length ? 'noHostHere' : 'statusWaiting'));
    if (isToHosts && (mine?.kind === 'hand' || mine?.kind === 'vote')) store.leading.signalled(mine);
  }

  // The connection

  /** Say whether the person looks at the page. @param {boolean} isWatched */
  watch(isWatched) {
    this.store.watch(isWatched);
    this.connection.watch(isWatched);
  }

  /** The page was shown, or the network came back. */
  wake() {
    if (this.screen === 'chat') this.connection.wake();
  }

  /** @param {ServerFrame} frame @param {string} text */
  #onFrame(frame, text) {
    switch (frame.type) {
      case 'authentication':
        return this.#onAuthenticated(frame);
      case 'connection':
        return this.recovery.onConnected(frame);
      case 'user_list':
        this.store.peopleChanged(frame);
        this.recovery.onPeople();
        return this.settling.peopleChanged();
      case 'presence':
        this.store.peopleMoved(frame);
        return this.settling.peopleChanged();
      case 'message':
      case 'direct':
        return this.#onSaid(frame, text);
      case 'message_unpinned':
        return this.store.leading.unpinned(frame);
      case 'message_accepted':
        return this.sender.onAccepted(frame);
      case 'message_acknowledged':
        return this.store.settle(({ id }) => id === frame.id, { recipients: 1 });
      case 'history':
        return this.recovery.onPage(frame, text);
      case 'message_delivered':
        return this.sender.onDelivered(frame);
      case 'error':
        if (frame.code === 'FORBIDDEN') this.#compareVersion();
        return this.recovery.onError(frame) || this.sender.onError(frame);
    }
  }

  /** @param {import('./frames').Broadcast | import('./frames').DirectMessage} frame @param {string} text */
  #onSaid(frame, text) {
    this.recovery.heard(frame);
    if (frame.type === 'message' && frame.pinned) this.store.leading.pin(frame.id, readContent(frame.content).text);
    // The same may have come as the answer to what was sent, or before the connection ended.
    if (this.store.isRepeated(frame)) return;
    if (frame.replayed && this.sender.onReplayed(frame)) return;
    if (frame.type === 'message' && frame.from === this.store.clientId && this.sender.onEcho(frame)) return;
    this.store.received(frame, text, !frame.replayed || this.recovery.isReturning);
  }

  /** @param {import('./frames').Authenticated} frame */
  #onAuthenticated(frame) {
    const isNew = frame.clientId !== this.store.clientId;
    this.isFull = false;
    this.store.authenticated(frame);
    if (isNew) {
      this.recovery.onAuthenticated(frame);
      // A server that keeps messages has those of a room that is still empty, too.
      if (frame.recovered === undefined) this.settling.begin(this.sender.outbox.hasQueued);
      else this.sender.pump();
    }
    else this.sender.endDoubt();
  }

  /** @param {import('./client').Closed} closed */
  #onClosed(closed) {
    const { code, next } = closed;
    this.sender.outbox.connectionLost(code === FRAME_TOO_BIG);
    this.settling.stop();
    this.recovery.lost();
    this.store.past.lost(this.#heardMs);
    if (next === 'end') {
      this.banned(code === 0 ? closed.message : closed.reason);
    } else if (next === 'login') {
      // Another tab may have a newer login already.
      if (this.session.reload() && this.session.current) this.#enter();
      else this.#leave(noticeOf(closed));
    } else if (code !== 1001 && !closed.wasOpened) {
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
      if (error instanceof http.RequestFailed && error.code === 'BANNED') {
        this.banned(error.message);
      }
    }
    this.onChange();
  }

  /** The host does not want this person, or this address, for now. @param {string} words the server's */
  banned(words) {
    this.connection.stop();
    this.screen = 'banned';
    this.ban = readBan(words);
    const nowMs = this.store.clock.now();
    this.timers.clear(this.banTimer);
    if (this.ban.untilMs !== null && nowMs !== null) {
      const leftMs = Math.max(0, this.ban.untilMs - nowMs) + BAN_MARGIN_MS;
      if (leftMs < LONGEST_TIMER_MS) this.banTimer = this.timers.set(() => this.comeBack(), leftMs);
    }
    this.onChange();
  }

  /** Try again after a ban: it may have ended. */
  comeBack() {
    this.timers.clear(this.banTimer);
    if (this.screen !== 'banned') return;
    if (this.session.current) return this.#enter();
    this.screen = 'login';
    this.notice = null;
    this.onChange();
  }

  async #compareVersion() {
    try {
      const { body } = await this.api.status();
      this.version ??= body.version;
      this.isOutdated = body.version !== this.version;
      this.room = body;
      this.onStatus(body);
      this.onChange();
      return body;
    } catch {
      return null; // Asked again with the next connection.
    }
  }
}
