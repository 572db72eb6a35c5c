// What was begun and not sent, per user and conversation; kept over a reload, until log-out.

import { readJson } from './session.js';

const KEY = 'authws.drafts';

export class Drafts {
  /** @param {import('./session.js').SafeStorage} storage */
  constructor(storage) {
    this.storage = storage;
    this.userId = '';
  }

  /** Return what a user has begun, by conversation; forget what others have. @param {string} userId @returns {Record<string, string>} */
  load(userId) {
    this.userId = userId;
    /** @type {{userId: string, texts: Record<string, string>}} */
    const kept = readJson(this.storage, KEY, { userId: '', texts: {} });
    if (kept.userId === userId && typeof kept.texts === 'object') return kept.texts;
    this.forget();
    return {};
  }

  /** @param {string} thread key @param {string} text */
  set(thread, text) {
    const texts = { ...this.load(this.userId), [thread]: text };
    if (!text) delete texts[thread];
    this.storage.set(KEY, JSON.stringify({ userId: this.userId, texts }));
  }

  forget() {
    this.storage.remove(KEY);
  }
}
