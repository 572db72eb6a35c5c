// The pages that one browser has open at one server. A duplicated tab is a copy that has what its original wrote
// and could not send yet: each would send it. So a page keeps its messages under its tab's name, and a copy takes
// another name when the original answers. Where none does, it is a reload, or the original sleeps or was lost:
// then what was written is this page's, and an original that wakes up hears so before it is connected again.

const KEY = 'authws.tab';
const ANSWER_MS = 300;

export class Siblings {
  /**
   * @param {object} deps
   * @param {object | null} deps.channel a `BroadcastChannel`; `null` where the browser has none
   * @param {object} deps.storage the tab's own, which a duplicate is given a copy of
   * @param {object} deps.timers `set`
   * @param {() => string} deps.newId
   */
  constructor({ channel, storage, timers, newId }) {
    Object.assign(this, { channel, storage, timers, newId });
    this.page = newId();
    this.tab = storage.get(KEY);
    if (!this.tab) this.#rename();
    this.isSettled = false;
    this.onTaken = () => {};
    this.onSaid = () => {};
    if (channel) channel.onmessage = ({ data }) => this.#hear(data);
  }

  /** Find out whether this page is a copy, which `tab` tells afterwards; `ids` are the messages it would send. */
  settle(ids) {
    if (!this.channel) return Promise.resolve();
    this.channel.postMessage({ kind: 'whose', tab: this.tab, page: this.page });
    return new Promise((done) => {
      this.settled = done;
      this.timers.set(() => this.#own(ids), ANSWER_MS);
    });
  }

  /** Tell what this page wrote to one person: the server sends that to no other connection of the writer. */
  say(word) {
    this.channel?.postMessage({ ...word, kind: 'said' });
  }

  #own(ids) {
    if (this.isSettled) return;
    this.channel.postMessage({ kind: 'taken', tab: this.tab, page: this.page, ids });
    this.#end();
  }

  #end() {
    this.isSettled = true;
    this.settled?.();
  }

  #rename() {
    this.tab = this.newId();
    this.storage.set(KEY, this.tab);
  }

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

  #answer(page) {
    // Two that ask at the same time must not both give way.
    if (this.isSettled || this.page > page) this.channel.postMessage({ kind: 'mine', tab: this.tab, page });
    else this.#yield();
  }

  #yield() {
    this.#rename();
    this.#end();
  }
}
