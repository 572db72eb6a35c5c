// What the chat knows: threads, people, who we are, what is open. Changed by frames of the server and by the
// person; the views read it. Pure: no page, no network.

import { foldName, readContent } from './content.js';
import { People } from './people.js';
import { EVERYONE, Thread, threadKey } from './threads.js';

const HOST = 'server';

export class Store {
  /**
   * @param {object} deps
   * @param {import('./server-clock.js').ServerClock} deps.clock
   * @param {() => void} deps.onChange something is to be drawn anew
   * @param {(thread: Thread, message: object) => void} deps.onHeard somebody else's message arrived
   */
  constructor({ clock, onChange, onHeard }) {
    Object.assign(this, { clock, onChange, onHeard });
    this.people = new People();
    this.isWatched = true;
    this.isCurrent = false;
    this.reset(null);
  }

  /** Forget everything and begin as this user. */
  reset(user) {
    this.user = user;
    this.clientId = null;
    this.threads = new Map();
    this.own = new Map();
    this.active = null;
    this.order = 0;
    this.number = 0;
    this.people.update([]);
    this.isCurrent = false;
    this.thread(EVERYONE, '');
    this.onChange();
  }

  get myKey() {
    return this.user ? threadKey(this.user.username) : null;
  }

  /** Return a thread, made if need be. */
  thread(key, name) {
    let thread = this.threads.get(key);
    if (!thread) this.threads.set(key, (thread = new Thread(key, name)));
    return thread;
  }

  /** Return a thread to show: one there is, or one with somebody who is here. */
  find(key) {
    const person = this.people.byKey.get(key);
    return this.threads.get(key) ?? (person && key !== this.myKey ? this.thread(key, person.name) : null);
  }

  /** Return the threads as listed: everyone first, then the latest. */
  listThreads() {
    const direct = [...this.threads.values()].filter((one) => one.key !== EVERYONE && (one.last || one.key === this.active));
    direct.sort((a, b) => b.order - a.order);
    return [this.threads.get(EVERYONE), ...direct];
  }

  get unread() {
    let sum = 0;
    for (const thread of this.threads.values()) sum += thread.unread;
    return sum;
  }

  // What the person does

  /** Show a thread; `null` shows none (the list on a phone). */
  open(key) {
    const left = this.threads.get(this.active);
    if (left && key !== this.active) left.firstUnread = null;
    this.active = key;
    const thread = this.threads.get(key);
    if (thread && !thread.order && key !== EVERYONE) thread.order = ++this.order;
    this.#read();
    this.onChange();
  }

  /** Say whether the person looks at the page. */
  watch(isWatched) {
    this.isWatched = isWatched;
    this.#read();
    this.onChange();
  }

  #read() {
    const thread = this.threads.get(this.active);
    if (thread && this.isWatched) thread.unread = 0;
  }

  /** Show a message that is on its way. */
  addOwn(entry) {
    const thread = this.thread(entry.thread.key, entry.thread.name);
    const message = this.#message('said', this.user.username, entry.text, this.clock.now());
    message.isMine = true;
    message.delivery = { id: entry.id, state: entry.state, reason: entry.reason, recipients: 0, isDirect: entry.to !== null };
    thread.firstUnread = null;
    this.own.set(entry.id, { thread, message });
    this.#append(thread, message);
  }

  /** Show what became of it. */
  updateOwn({ id, state, reason = null }, { recipients = 0, timestamp = null } = {}) {
    const found = this.own.get(id);
    if (!found) return;
    const { message } = found;
    Object.assign(message.delivery, { state, reason, recipients });
    if (timestamp) message.atMs = this.clock.hear(timestamp);
    message.revision += 1;
    if (state === 'done') this.own.delete(id);
    this.onChange();
  }

  /** Show what the person wrote to somebody in another tab. */
  saidElsewhere({ thread: { key, name }, text, timestamp }) {
    const message = this.#message('said', this.user.username, text, this.clock.hear(timestamp));
    Object.assign(message, { isMine: true, isDirect: true });
    this.#append(this.thread(key, name), message);
  }

  removeOwn(id) {
    const found = this.own.get(id);
    if (!found) return;
    found.thread.remove(found.message);
    this.own.delete(id);
    this.onChange();
  }

  /** Show a long text whole. */
  expand(message) {
    message.isWhole = true;
    message.revision += 1;
    this.onChange();
  }

  // What the server says

  /** Note who we are on this connection. */
  authenticated(frame) {
    this.user = frame.user;
    this.clientId = frame.clientId;
    this.clock.hear(frame.timestamp);
    this.onChange();
  }

  peopleChanged(frame) {
    this.clock.hear(frame.timestamp);
    this.people.update(frame.users);
    this.isCurrent = true;
    for (const [key, person] of this.people.byKey) {
      const thread = this.threads.get(key);
      if (thread) thread.name = person.name;
    }
    this.onChange();
  }

  /** Take a `message` or `direct` of somebody. */
  received(frame) {
    const isDirect = frame.type === 'direct';
    const { text, isData } = readContent(frame.content);
    const isFromHost = frame.from === HOST && frame.username === HOST;
    const thread = isDirect && !isFromHost ? this.thread(threadKey(frame.username), frame.username) : this.threads.get(EVERYONE);
    const message = this.#message(isFromHost ? 'announcement' : 'said', frame.username, text, this.clock.hear(frame.timestamp));
    Object.assign(message, { isData, isDirect });
    message.isMine = !isFromHost && this.user !== null && foldName(frame.username) === foldName(this.user.username);
    if (!message.isMine) this.#count(thread, message);
    this.#append(thread, message);
    if (!message.isMine) this.onHeard(thread, message);
  }

  #count(thread, message) {
    if (thread.key === this.active && this.isWatched) return;
    if (thread.unread === 0) thread.firstUnread = message.key;
    thread.unread += 1;
  }

  #message(kind, author, text, atMs) {
    this.number += 1;
    return { key: `m${this.number}`, kind, author, text, atMs, revision: 0, isMine: false, isData: false, isWhole: false, delivery: null };
  }

  #append(thread, message) {
    thread.append(message);
    thread.order = ++this.order;
    this.onChange();
  }
}
