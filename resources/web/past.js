// What was said before this page was loaded, and the times in which nothing was heard: each is a line from when to
// when, for a conversation without one claims to be whole. All times are the server's.

import { EVERYONE, newMessage } from './threads.js';

/** @typedef {import('./threads.js').Message} Message */

export class Past {
  /** @param {import('./store.js').Store} store */
  constructor(store) {
    this.store = store;
    /** @type {number | null} since when nothing was heard; `null` while connected, or if nobody was here before */
    this.awaySinceMs = null;
    /** @type {number | null} since when this page has listened */
    this.joinedAtMs = null;
    /** Whether all that was kept is shown. */
    this.isRemembered = false;
    /** @type {{thread: import('./threads.js').Thread, gap: Message}[]} the gaps of this connection that nobody has asked to fill */
    this.openGaps = [];
    this.isRecovered = false;
  }

  /** A connection ended. @param {number | null} heardMs when something was heard last */
  lost(heardMs) {
    this.awaySinceMs ??= heardMs;
  }

  /** A connection stands. @param {number | null} atMs @param {boolean} isRecovered whether what was missed follows */
  came(atMs, isRecovered) {
    this.joinedAtMs ??= atMs;
    this.isRecovered = isRecovered;
    this.openGaps = [];
    if (!isRecovered && this.awaySinceMs !== null && atMs !== null) {
      for (const thread of this.store.threads.values()) {
        if (thread.key === EVERYONE || thread.last) this.#addGap(thread, this.awaySinceMs, atMs);
      }
    }
    if (atMs !== null) this.awaySinceMs = null;
  }

  /** @param {import('./threads.js').Thread} thread @param {number} fromMs @param {number} toMs */
  #addGap(thread, fromMs, toMs) {
    this.openGaps.push({ thread, gap: thread.addGap(gapOf(fromMs, toMs)) });
    this.store.onKept(thread);
  }

  /**
   * Show what was kept, before what has been said since.
   *
   * @param {import('./memory.js').KeptThread[]} kept the one used last at the end
   * @param {number | null} heardMs until when that is all that was said
   */
  remember(kept, heardMs) {
    kept.forEach((one, index) => this.#rememberThread(one, index - kept.length));
    const last = this.store.everyone.messages.findLast((one) => this.#isBefore(one));
    const untilMs = Math.max(heardMs ?? 0, last?.atMs ?? 0);
    if (untilMs && !this.isRecovered) this.#rememberGap(untilMs);
    this.isRemembered = true;
    this.store.onChange();
  }

  /** @param {import('./memory.js').KeptThread} kept @param {number} order below that of what was used since */
  #rememberThread({ key, name, unread, messages }, order) {
    const { store } = this;
    const thread = store.thread(key, name);
    const known = new Set(thread.messages.map(({ id }) => id));
    for (const { id, kind } of messages) if (id !== null && kind !== 'gap') store.know(id);
    const older = messages.filter(({ id }) => !known.has(id)).map((one) => ({ ...newMessage(one.kind, one.author, one.text, one.atMs), ...one }));
    thread.order ||= order;
    thread.prepend(older);
    if (!unread || (key === store.active && store.isWatched)) return;
    thread.unread += unread;
    thread.firstUnread = older.filter((one) => !one.isMine && one.kind !== 'gap').at(-unread)?.key ?? thread.firstUnread;
  }

  /** @param {number} fromMs */
  #rememberGap(fromMs) {
    if (this.joinedAtMs === null) return this.lost(fromMs);
    const { everyone } = this.store;
    const index = everyone.messages.findIndex((one) => !this.#isBefore(one));
    const later = index < 0 ? [] : everyone.messages.splice(index);
    this.#addGap(everyone, fromMs, this.joinedAtMs);
    for (const message of later) everyone.append(message);
  }

  /** Whether a message is of an earlier page. @param {Message} message */
  #isBefore({ id, atMs }) {
    return id !== null && atMs !== null && (this.joinedAtMs === null || atMs < this.joinedAtMs);
  }
}

/** @param {number} fromMs @param {number} toMs */
function gapOf(fromMs, toMs) {
  const gap = newMessage('gap', '', '', fromMs);
  gap.id = `gap-${fromMs}`;
  gap.untilMs = toMs;
  return gap;
}
