// What was said, kept over a reload: the last messages of each conversation, for one user, until log-out. All pages
// of this browser share it, so what one writes is merged with what others wrote, by the server's ids.
//
// Nothing here may stop the chat: where the browser refuses a database, nothing is kept.

import { createStore, delMany, entries, keys, update } from './vendor/idb-keyval.js';

/** @typedef {import('./threads.js').Message} Message */
/** @typedef {Omit<Message, 'key' | 'revision' | 'isWhole' | 'startsDay' | 'startsGroup'>} KeptMessage */
/** @typedef {{key: string, name: string, unread: number, messages: KeptMessage[]}} KeptThread */
/**
 * @typedef {object} Database
 * @property {() => Promise<[IDBValidKey, KeptThread][]>} entries
 * @property {() => Promise<IDBValidKey[]>} keys
 * @property {(key: string, change: (old: KeptThread | undefined) => KeptThread) => Promise<void>} update
 * @property {(keys: IDBValidKey[]) => Promise<void>} delMany
 */

export const MOST_MESSAGES = 500;
export const MOST_CHARS = 1_000_000;
const SPACING_MS = 200;
const HEARD_KEY = 'authws.heard';
const SINCE_KEY = 'authws.since';

/** @returns {Database} */
export function openDatabase() {
  const store = createStore('authws', 'threads');
  return {
    entries: async () => entries(store),
    keys: async () => keys(store),
    update: async (key, change) => update(key, change, store),
    delMany: async (names) => delMany(names, store),
  };
}

export class Memory {
  /**
   * @param {object} deps
   * @param {Database} deps.database
   * @param {import('./session.js').SafeStorage} deps.storage of the time that was heard last
   * @param {import('./timers.js').Timers} deps.timers
   */
  constructor({ database, storage, timers }) {
    this.database = database;
    this.storage = storage;
    this.timers = timers;
    /** @type {(id: string) => void} all up to this message is as safe as it can be */
    this.onWritten = () => {};
    this.noted = '';
    this.userId = '';
    /** @type {Map<string, import('./threads.js').Thread>} what is to be written */
    this.changed = new Map();
    this.isWriting = false;
    this.isBlocked = false;
    /** @type {number | null} */
    this.writtenToMs = null;
  }

  /**
   * Return what is kept for a user, the conversation that was used last at the end; forget everybody else.
   *
   * @param {string} userId
   * @returns {Promise<KeptThread[]>}
   */
  async load(userId) {
    this.userId = userId;
    this.changed.clear();
    try {
      const all = await this.database.entries();
      const mine = all.filter(([key, kept]) => this.#isMine(key) && Array.isArray(kept?.messages));
      if (mine.length < all.length) await this.database.delMany(all.map(([key]) => key).filter((key) => !this.#isMine(key)));
      return mine.map(([, kept]) => kept).sort((a, b) => lastMs(a) - lastMs(b));
    } catch {
      return [];
    }
  }

  /** Return the server's time up to which all that was said is kept, `null` if nobody was here. @returns {number | null} */
  get heardMs() {
    const [userId, ms] = (this.storage.get(HEARD_KEY) ?? '').split(' ');
    return userId === this.userId && ms ? Number(ms) : null;
  }

  /** Return the id of the message up to which all is kept, empty if nobody was here. */
  get lastId() {
    const [userId, id] = (this.storage.get(SINCE_KEY) ?? '').split(' ');
    return userId === this.userId ? (id ?? '') : '';
  }

  /** Note the id of what was heard last, before it is given to be kept. @param {string} id */
  noteId(id) {
    this.noted = id;
  }

  /** @param {string} id */
  #rememberId(id) {
    if (this.userId && id) this.storage.set(SINCE_KEY, `${this.userId} ${id}`);
  }

  /** Note the time up to which the server was heard. @param {number | null} ms */
  heard(ms) {
    // What has not been written yet is lost if the page ends now.
    const isPending = this.changed.size > 0 || this.isWriting;
    const keptMs = isPending ? this.writtenToMs : ms;
    if (!isPending && !this.isBlocked) this.#rememberId(this.noted);
    if (this.userId && keptMs !== null) this.storage.set(HEARD_KEY, `${this.userId} ${keptMs}`);
  }

  /** Keep a conversation as it is now, soon. @param {import('./threads.js').Thread} thread */
  keep(thread) {
    if (!this.userId) return;
    this.changed.set(thread.key, thread);
    if (!this.isWriting) this.#write();
  }

  /** Forget what was said, for good: somebody logged out. */
  async forget() {
    const { userId } = this;
    if (!userId) return;
    this.userId = '';
    this.changed.clear();
    this.storage.remove(HEARD_KEY);
    this.storage.remove(SINCE_KEY);
    this.noted = '';
    try {
      const all = await this.database.keys();
      await this.database.delMany(all.filter((key) => String(key).startsWith(`${userId} `)));
    } catch {
      // Where nothing can be deleted, nothing was kept.
    }
  }

  /** @param {IDBValidKey} key */
  #isMine(key) {
    return String(key).startsWith(`${this.userId} `);
  }

  // One write at a time, and a pause after it: a flood of messages must not become a flood of writes.
  async #write() {
    this.isWriting = true;
    while (this.changed.size) {
      const threads = [...this.changed.values()];
      this.changed.clear();
      const { noted } = this;
      const written = await Promise.all(threads.map((thread) => this.#writeThread(thread)));
      this.isBlocked = !written.every(Boolean);
      if (!this.isBlocked) this.#rememberId(noted);
      this.onWritten(noted);
      await new Promise((done) => this.timers.set(() => done(null), SPACING_MS));
    }
    this.isWriting = false;
  }

  /** @param {import('./threads.js').Thread} thread */
  async #writeThread(thread) {
    const { userId } = this;
    const mine = keptOf(thread);
    if (!userId) return false;
    try {
      await this.database.update(`${userId} ${thread.key}`, (old) => ({ ...mine, messages: merge(old?.messages ?? [], mine.messages) }));
      this.writtenToMs = Math.max(this.writtenToMs ?? 0, lastMs(mine));
      return true;
    } catch {
      return false; // As much is kept as the browser lets us.
    }
  }
}

/** @param {KeptThread} kept */
const lastMs = ({ messages }) => messages.at(-1)?.atMs ?? 0;

/** @param {import('./threads.js').Thread} thread @returns {KeptThread} */
function keptOf({ key, name, unread, messages }) {
  const kept = [];
  let chars = 0;
  for (const message of messages.slice(-MOST_MESSAGES).reverse()) {
    chars += message.text.length + (message.part?.kind === 'image' ? message.part.data.length : 0);
    if (chars > MOST_CHARS) break;
    // What is on its way is the outbox's.
    if (message.id !== null) kept.push(withoutView(message));
  }
  return { key, name, unread, messages: kept.reverse() };
}

/** @param {Message} message @returns {KeptMessage} */
function withoutView({ id, kind, author, text, atMs, untilMs, isMine, isData, isDirect, isHost, part, delivery }) {
  return { id, kind, author, text, atMs, untilMs, isMine, isData, isDirect, isHost, part, delivery };
}

/**
 * Return what two pages know of one conversation, in the order in which it was said.
 *
 * @param {KeptMessage[]} old
 * @param {KeptMessage[]} fresh
 */
export function merge(old, fresh) {
  const byId = new Map([...old, ...fresh].map((message) => [message.id, message]));
  return [...byId.values()].sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0)).slice(-MOST_MESSAGES);
}
