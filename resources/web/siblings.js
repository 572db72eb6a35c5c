// The pages that one browser has open at one server. A duplicated tab is a copy that has what its original wrote
// and could not send yet: each would send it. So a page keeps its messages under its tab's name, and a copy takes
// another name when the original answers. Where none does, it is a reload, or the original sleeps or was lost:
// then what was written is this page's, and an original that wakes up hears so before it is connected again.

/** @typedef {{userId: string, thread: {key: string, name: string}, id: string, text: string, timestamp: string}} Said what was written to one person */
/**
 * @typedef {{kind: 'whose' | 'mine', tab: string, page: string}
 *   | {kind: 'taken', tab: string, page: string, ids: string[]}
 *   | Said & {kind: 'said'}} Word what the pages tell each other
 */

const KEY = 'authws.tab';
const ANSWER_MS = 300;

export class Siblings {
  /**
   * @param {object} deps
   * @param {BroadcastChannel | null} deps.channel `null` where the browser has none
   * @param {import('./session.js').SafeStorage} deps.storage the tab's own, which a duplicate is given a copy of
   * @param {import('./timers.js').Timers} deps.timers
   * @param {() => string} deps.newId
   */
  constructor({ channel, storage, timers, newId }) {
    this.channel = channel;
    this.storage = storage;
    this.timers = timers;
    this.newId = newId;
    this.page = newId();
    /** @type {string} */
    this.tab = storage.get(KEY) ?? this.#rename();
    this.isSettled = false;
    /** @type {(ids: string[]) => void} another page has taken over these messages */
    this.onTaken = () => {};
    /** @type {(said: Said) => void} */
    this.onSaid = () => {};
    /** @type {() => void} */
    this.settled = () => {};
    if (channel) channel.onmessage = ({ data }) => this.#hear(data);
  }

  /** Find out whether this page is a copy, which `tab` tells afterwards; `ids` are the messages it would send. @param {string[]} ids @returns {Promise<void>} */
  settle(ids) {
    if (!this.channel) return Promise.resolve();
    this.#tell({ kind: 'whose', tab: this.tab, page: this.page });
    return new Promise((done) => {
      this.settled = done;
      this.timers.set(() => this.#own(ids), ANSWER_MS);
    });
  }

  /** Tell what this page wrote to one person: the server sends that to no other connection of the writer. @param {Said} said */
  say(said) {
    this.#tell({ ...said, kind: 'said' });
  }

  /** @param {Word} word */
  #tell(word) {
    this.channel?.postMessage(word);
  }

  /** @param {string[]} ids */
  #own(ids) {
    if (this.isSettled) return;
    this.#tell({ kind: 'taken', tab: this.tab, page: this.page, ids });
    this.#end();
  }

  #end() {
    this.isSettled = true;
    this.settled();
  }

  /** @returns {string} */
  #rename() {
    this.tab = this.newId();
    this.storage.set(KEY, this.tab);
    return this.tab;
  }

  /** @param {Word} word */
  #hear(word) {
    if (word.kind === 'said') return this.onSaid(word);
    if (word.tab !== this.tab) return;
    if (word.kind === 'whose') this.#answer(word.page);
    else if (word.kind === 'mine' && word.page === this.page && !this.isSettled) this.#yield();
    else if (word.kind === 'taken') {
      this.#yield();
      this.onTaken(word.ids);
    }
  }

  /** @param {string} page */
  #answer(page) {
    // Two that ask at the same time must not both give way.
    if (this.isSettled || this.page > page) this.#tell({ kind: 'mine', tab: this.tab, page });
    else this.#yield();
  }

  #yield() {
    this.#rename();
    this.#end();
  }
}
