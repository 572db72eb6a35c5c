// Raised hands, in their order. The server knows nothing of them, and a page that is loaded anew hears nothing of those
// raised before: so the tab keeps them. A hand goes with the connection that raised it, whether this page sees it go or
// finds it gone.

import { readJson } from './session.js';

const KEY = 'authws.hands';

export class Hands {
  /** @param {import('./session.js').SafeStorage} storage of this tab */
  constructor(storage) {
    this.storage = storage;
    this.userId = '';
    /** @type {Map<string, string>} the connections that raised them, by the person's key */
    this.byKey = new Map();
  }

  /** Begin with those that this user saw in this tab; `null` forgets all. @param {string | null} userId */
  load(userId) {
    this.userId = userId ?? '';
    const kept = readJson(this.storage, KEY, { userId: '', hands: [] });
    const isOurs = userId !== null && kept.userId === userId && Array.isArray(kept.hands);
    this.byKey = new Map(isOurs ? kept.hands : []);
    if (!isOurs) this.storage.remove(KEY);
  }

  get size() {
    return this.byKey.size;
  }

  /** @param {string} key */
  has(key) {
    return this.byKey.has(key);
  }

  keys() {
    return [...this.byKey.keys()];
  }

  /** @param {string} key @param {string} connection its id */
  raise(key, connection) {
    this.byKey.set(key, connection);
    this.#save();
  }

  /** @param {string} key */
  lower(key) {
    if (this.byKey.delete(key)) this.#save();
  }

  /** Keep the hands of connections that there are. @param {{has: (connection: string) => boolean}} present */
  keepOf(present) {
    for (const [key, connection] of this.byKey) if (!present.has(connection)) this.lower(key);
  }

  #save() {
    this.storage.set(KEY, JSON.stringify({ userId: this.userId, hands: [...this.byKey] }));
  }
}
