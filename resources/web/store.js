// What the chat knows: threads, people, who we are, what is open. Changed by frames of the server and by the
// person; the views read it. Pure: no page, no network.

import { foldName, readContent } from './content.js';
import { isSignal, readConvention } from './conventions.js';
import { memberSource } from './json-source.js';
import { Leading } from './leading.js';
import { Past } from './past.js';
import { People } from './people.js';
import { EVERYONE, MAX_MESSAGES, Thread, newMessage, threadKey } from './threads.js';

/** @typedef {import('./frames').WireUser} WireUser */
/** @typedef {import('./outbox.js').Entry} Entry */
/** @typedef {import('./threads.js').Message} Message */

const HOST = 'server';
const MOST_KNOWN = 4 * MAX_MESSAGES;
const NOTHING = { get: () => null, set: () => {}, remove: () => {} };

export class Store {
  /**
   * @param {object} deps
   * @param {import('./server-clock.js').ServerClock} deps.clock
   * @param {() => void} deps.onChange something is to be drawn anew
   * @param {(thread: Thread, message: Message) => void} deps.onHeard somebody else's message arrived
   * @param {(thread: Thread) => void} [deps.onKept] something is to be kept
   * @param {import('./session.js').SafeStorage} [deps.storage] of the announcement that was dismissed
   * @param {import('./session.js').SafeStorage} [deps.perTab] of raised hands
   */
  constructor({ clock, onChange, onHeard, onKept = () => {}, storage = NOTHING, perTab = NOTHING }) {
    this.clock = clock;
    this.onChange = onChange;
    this.onHeard = onHeard;
    this.onKept = onKept;
    this.people = new People();
    this.leading = new Leading(this, storage, perTab);
    this.isWatched = true;
    this.isAtEnd = true;
    this.isCurrent = false;
    /** @type {WireUser | null} */
    this.user = null;
    /** @type {string | null} our connection's, as the server names it */
    this.clientId = null;
    /** @type {Map<string, Thread>} */
    this.threads = new Map();
    /** @type {Map<string, {thread: Thread, message: Message}>} what is on its way, by the outbox's ids */
    this.own = new Map();
    /** @type {string | null} key of the thread that is open */
    this.active = null;
    this.order = 0;
    /** @type {Record<string, string>} what was begun in threads that are not open yet */
    this.drafts = {};
    /** Whether the server keeps messages: then each has one id for good. */
    this.isKept = false;
    /** @type {Set<string>} ids of messages that came, the latest at the end */
    this.known = new Set();
    this.past = new Past(this);
    this.everyone = this.thread(EVERYONE, '');
  }

  /** Forget everything and begin as this user. @param {WireUser | null} user @param {Record<string, string>} drafts */
  reset(user, drafts = {}) {
    this.user = user;
    this.drafts = drafts;
    this.past = new Past(this);
    this.clientId = null;
    this.threads = new Map();
    this.own = new Map();
    this.known = new Set();
    this.active = null;
    this.order = 0;
    this.people.update([]);
    this.leading.reset();
    this.isCurrent = false;
    this.everyone = this.thread(EVERYONE, '');
    this.onChange();
  }

  get myKey() {
    return this.user ? threadKey(this.user.username) : null;
  }

  /** Return a thread, made if need be. @param {string} key @param {string} name */
  thread(key, name) {
    let thread = this.threads.get(key);
    if (!thread) {
      thread = new Thread(key, name);
      thread.draft = this.drafts[key] ?? '';
      this.threads.set(key, thread);
    }
    return thread;
  }

  /** Return a thread to show: one there is, or one with somebody who is here. @param {string} key */
  find(key) {
    const person = this.people.byKey.get(key);
    return this.threads.get(key) ?? (person && key !== this.myKey ? this.thread(key, person.name) : null);
  }

  /** Return the threads as listed: everyone first, then the latest. */
  listThreads() {
    const direct = [...this.threads.values()].filter((one) => one.key !== EVERYONE && (one.last || one.key === this.active));
    direct.sort((a, b) => b.order - a.order);
    return [this.everyone, ...direct];
  }

  /** Return those whose name has these letters in it; everyone always, with what is new there. @param {string} letters */
  findThreads(letters) {
    const wanted = foldName(letters.trim());
    return this.listThreads().filter(({ key }) => key === EVERYONE || key.includes(wanted));
  }

  get unread() {
    let sum = 0;
    for (const thread of this.threads.values()) sum += thread.unread;
    return sum;
  }

  // What the person does

  /** The thread that is open. */
  get shown() {
    return this.active === null ? undefined : this.threads.get(this.active);
  }

  /** Show a thread; `null` shows none (the list on a phone). @param {string | null} key */
  open(key) {
    const left = this.shown;
    if (left && key !== this.active) left.firstUnread = null;
    this.active = key;
    this.isAtEnd = true;
    const thread = this.shown;
    if (thread && !thread.order && key !== EVERYONE) thread.order = ++this.order;
    this.#read();
    this.onChange();
  }

  /** Say whether the person looks at the page. @param {boolean} isWatched */
  watch(isWatched) {
    this.isWatched = isWatched;
    this.#read();
    this.onChange();
  }

  /** Say whether the end of the thread that is open is in sight. @param {boolean} isAtEnd */
  reach(isAtEnd) {
    if (this.isAtEnd === isAtEnd) return;
    this.isAtEnd = isAtEnd;
    this.#read();
    this.onChange();
  }

  #read() {
    const thread = this.shown;
    if (!thread || !this.isWatched || !this.isAtEnd || thread.unread === 0) return;
    thread.unread = 0;
    this.onKept(thread);
  }

  /** Show a message that is on its way. @param {Entry} entry */
  addOwn(entry) {
    const thread = this.thread(entry.thread.key, entry.thread.name);
    const { text, isData } = entry.isData ? readContent(JSON.parse(entry.text), () => entry.text) : { text: entry.text, isData: false };
    const message = newMessage('said', this.user?.username ?? '', text, this.clock.now());
    message.isMine = true;
    message.isData = isData;
    message.part = entry.isData ? partOf(readConvention(JSON.parse(entry.text))) : null;
    message.delivery = { id: entry.id, state: entry.state, reason: entry.reason, recipients: 0, isDirect: entry.to !== null, isWaiting: false };
    thread.firstUnread = null;
    this.own.set(entry.id, { thread, message });
    this.append(thread, message);
  }

  /**
   * Show what became of it.
   *
   * @param {Partial<Entry> & {id: string, state: import('./outbox.js').State}} entry
   * @param {{id?: string, recipients?: number, queued?: boolean, timestamp?: string}} frame of the server, if it was confirmed
   */
  updateOwn({ id, state, reason = null }, { id: serverId, recipients = 0, queued: isQueued = false, timestamp } = {}) {
    const found = this.own.get(id);
    if (!found) return;
    const { thread, message } = found;
    if (message.delivery) message.delivery = { ...message.delivery, state, reason, recipients };
    if (timestamp) message.atMs = this.clock.hear(timestamp);
    message.revision += 1;
    if (state === 'done') {
      message.id = serverId ?? id;
      if (message.delivery) message.delivery.isWaiting = isQueued;
      this.know(message.id);
      this.own.delete(id);
      this.onKept(thread);
    }
    this.onChange();
  }

  /** Show what the person wrote to somebody in another tab. @param {import('./siblings.js').Said} said */
  saidElsewhere({ thread: { key, name }, id, text, timestamp }) {
    if (this.isKept && this.known.has(id)) return;
    this.know(id);
    const message = newMessage('said', this.user?.username ?? '', text, this.clock.hear(timestamp));
    message.id = id;
    message.isMine = true;
    message.isDirect = true;
    this.append(this.thread(key, name), message);
  }

  /** @param {string} id */
  removeOwn(id) {
    const found = this.own.get(id);
    if (!found) return;
    found.thread.remove(found.message);
    this.own.delete(id);
    this.onChange();
  }

  /** Show a long text whole. @param {Message} message */
  expand(message) {
    message.isWhole = true;
    message.revision += 1;
    this.onChange();
  }

  // What the server says

  /** Note who we are on this connection. @param {import('./frames').Authenticated} frame */
  authenticated(frame) {
    const isNew = frame.clientId !== this.clientId;
    this.user = frame.user;
    this.clientId = frame.clientId;
    const atMs = this.clock.hear(frame.timestamp);
    if (isNew) {
      this.past.came(atMs, frame.recovered === true);
      this.leading.begin();
    }
    this.onChange();
  }

  /** @param {import('./frames').UserList} frame */
  peopleChanged(frame) {
    this.clock.hear(frame.timestamp);
    this.people.update(frame.users);
    this.leading.pinned.settle();
    this.#peopleChanged();
  }

  /** @param {import('./frames').Presence} frame */
  peopleMoved({ joined, left }) {
    this.people.change(joined, left);
    this.#peopleChanged();
  }

  #peopleChanged() {
    this.leading.peopleChanged();
    this.isCurrent = true;
    for (const [key, person] of this.people.byKey) {
      const thread = this.threads.get(key);
      if (thread) thread.name = person.name;
    }
    this.onChange();
  }

  /**
   * Take what somebody said.
   *
   * @param {import('./frames').Broadcast | import('./frames').DirectMessage} frame
   * @param {string} source the frame as it was written
   * @param {boolean} isNew whether it was said while the person was here, or away for a while
   */
  received(frame, source = '', isNew = !frame.replayed) {
    if (this.isRepeated(frame)) return;
    if (isSignal(frame.content)) {
      this.know(frame.id);
      return this.leading.signal(frame);
    }
    const { thread, message } = this.readFrame(frame, source);
    if (!message.isMine) this.#count(thread, message);
    if (message.kind === 'announcement' && !message.isDirect && !message.isData && isNew) this.leading.pinned.say(frame.id, message.text);
    this.append(thread, message, frame.replayed);
    if (!message.isMine && !frame.replayed) this.onHeard(thread, message);
  }

  /** Tell whether a message has come before. @param {import('./frames').Broadcast | import('./frames').DirectMessage} frame */
  isRepeated(frame) {
    // Without a memory, a server may begin its ids anew.
    return this.known.has(frame.id) && (this.isKept || frame.replayed === true);
  }

  /**
   * Return what somebody said, and where.
   *
   * @param {import('./frames').Broadcast | import('./frames').DirectMessage} frame
   * @param {string} source the frame as it was written
   */
  readFrame(frame, source) {
    const isDirect = frame.type === 'direct';
    const { text, isData } = readContent(frame.content, () => memberSource(source, 'content'));
    const isFromHost = frame.from === HOST && frame.username === HOST;
    const atMs = frame.replayed ? Date.parse(frame.timestamp) : this.clock.hear(frame.timestamp);
    const message = newMessage(isFromHost ? 'announcement' : 'said', frame.username, text, atMs);
    message.id = frame.id;
    message.isData = isData;
    message.isDirect = isDirect;
    message.part = partOf(readConvention(frame.content));
    message.isHost = this.people.roleOf(threadKey(frame.username)) === 'host';
    message.isMine = !isFromHost && this.user !== null && foldName(frame.username) === foldName(this.user.username);
    this.know(frame.id);
    if (!isDirect || isFromHost) return { thread: this.everyone, message };
    // One's own, from another connection, names its recipient as the writer did: by a name, or an id.
    const partner = frame.echo ? (this.people.nameOf(frame.to) ?? frame.to) : frame.username;
    return { thread: this.thread(threadKey(partner), partner), message };
  }

  /** Note that a message has come. @param {string} id */
  know(id) {
    this.known.add(id);
    if (this.known.size > MOST_KNOWN) this.known.delete(this.known.values().next().value ?? '');
  }

  /**
   * Show what became of a direct message that waited for somebody.
   *
   * @param {(message: Message) => boolean} isMeant
   * @param {Partial<import('./threads.js').Delivery>} change
   */
  settle(isMeant, change) {
    for (const thread of this.threads.values()) {
      const message = thread.messages.findLast((one) => one.delivery?.isWaiting === true && isMeant(one));
      if (!message?.delivery) continue;
      message.delivery = { ...message.delivery, isWaiting: false, ...change };
      message.revision += 1;
      this.onKept(thread);
      this.onChange();
    }
  }

  /** @param {Thread} thread @param {Message} message */
  #count(thread, message) {
    if (thread.key === this.active && this.isWatched && this.isAtEnd) return;
    if (thread.unread === 0) thread.firstUnread = message.key;
    thread.unread += 1;
  }

  /** @param {Thread} thread @param {Message} message @param {boolean} isPast */
  append(thread, message, isPast = false) {
    if (isPast) thread.insert(message);
    else thread.append(message);
    thread.order = ++this.order;
    if (message.id !== null) this.onKept(thread);
    this.onChange();
  }
}

/** What a message shows besides words. @param {ReturnType<typeof readConvention>} found */
const partOf = (found) => (found?.kind === 'poll' || found?.kind === 'image' ? found : null);
