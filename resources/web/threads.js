// Conversations: one with everyone, one with each person somebody talked to. Pure.

import { foldName } from './content.js';

/**
 * @typedef {object} Delivery what became of a message of one's own
 * @property {string} id the outbox's
 * @property {import('./outbox.js').State} state
 * @property {import('./outbox.js').Reason | null} reason why it failed
 * @property {number} recipients devices it was written to
 * @property {boolean} isDirect
 * @property {boolean} isWaiting whether the server keeps it for somebody who is away
 * @property {boolean} [isExpired] whether they did not come back in time
 */
/**
 * @typedef {object} Message as it is shown
 * @property {string} key
 * @property {string | null} id the server's; `null` while it is on its way
 * @property {'said' | 'announcement' | 'gap' | 'event'} kind a gap is a time in which nothing was heard, an event what somebody did
 * @property {string} author
 * @property {string} text
 * @property {number | null} atMs the server's time; `null` before it is known
 * @property {number | null} untilMs when a gap ended
 * @property {number} revision counts the changes
 * @property {boolean} isMine
 * @property {boolean} isData
 * @property {boolean} isHost whether its author leads
 * @property {import('./conventions.js').Poll | import('./conventions.js').Picture | null} part what it is besides words
 * @property {boolean} isDirect
 * @property {boolean} isWhole whether a long text is shown whole
 * @property {boolean} startsDay
 * @property {boolean} startsGroup
 * @property {Delivery | null} delivery
 */

export const EVERYONE = 'everyone';
export const MAX_MESSAGES = 10_000;
const DROP = 1_000;
const GROUP_MS = 5 * 60_000;

let count = 0;

/**
 * Return a message of which no more is known.
 *
 * @param {Message['kind']} kind
 * @param {string} author
 * @param {string} text
 * @param {number | null} atMs
 * @returns {Message}
 */
export function newMessage(kind, author, text, atMs) {
  count += 1;
  return {
    key: `m${count}`, id: null, kind, author, text, atMs, untilMs: null, revision: 0, delivery: null,
    part: null, isHost: false, isMine: false, isData: false, isDirect: false, isWhole: false, startsDay: false, startsGroup: false,
  };
}

/** @param {string} username */
export const threadKey = (username) => `@${foldName(username)}`;

export class Thread {
  /** @param {string} key @param {string} name */
  constructor(key, name) {
    this.key = key;
    this.name = name;
    /** @type {Message[]} */
    this.messages = [];
    this.unread = 0;
    /** @type {string | null} key of a message */
    this.firstUnread = null;
    this.draft = '';
    this.order = 0;
    this.hasDropped = false;
    /** Whether the server has nothing older. */
    this.isWhole = false;
  }

  /** The latest message, gaps and events left out. */
  get last() {
    return this.messages.findLast(({ kind }) => kind !== 'gap' && kind !== 'event') ?? null;
  }

  /** Add a message behind the others. @param {Message} message */
  append(message) {
    place(message, this.messages.at(-1));
    this.messages.push(message);
    if (this.messages.length > MAX_MESSAGES) this.#dropOldest();
  }

  /** Add messages before all others. @param {Message[]} older */
  prepend(older) {
    this.messages = [...older, ...this.messages];
    this.#placeFrom(0, older.length + 1);
  }

  /**
   * Note that nothing was heard for a time; gaps with nothing between them are one.
   *
   * @param {Message} gap
   * @returns {Message} the line that stands for it
   */
  addGap(gap) {
    const last = this.messages.at(-1);
    if (last?.kind !== 'gap') {
      this.append(gap);
      return gap;
    }
    last.untilMs = gap.untilMs;
    last.revision += 1;
    return last;
  }

  /** Put a message from the past where it was said, among the others. @param {Message} message */
  insert(message) {
    let index = this.messages.length;
    while (index > 0 && (this.messages[index - 1].atMs ?? Infinity) > (message.atMs ?? 0)) index -= 1;
    if (index === this.messages.length) return this.append(message);
    this.messages.splice(index, 0, message);
    this.#placeFrom(index, 2);
  }

  /**
   * Put the newest of what a gap stands for behind it, and take it away once it is filled.
   *
   * @param {Message} gap
   * @param {Message[]} messages in their order
   * @param {number | null} firstMs when the first of them, or of those known already, was said; `null` for none
   * @returns {boolean} whether something may still be missing
   */
  fill(gap, messages, firstMs) {
    const index = this.messages.indexOf(gap);
    if (index < 0) return false;
    const isFilled = firstMs !== null && firstMs <= (gap.atMs ?? 0);
    this.messages.splice(index, isFilled ? 1 : 0);
    const from = isFilled ? index : index + 1;
    this.messages.splice(from, 0, ...messages);
    if (!isFilled && firstMs !== null) gap.untilMs = firstMs;
    gap.revision += 1;
    this.#placeFrom(from, messages.length + 1);
    return !isFilled && firstMs !== null;
  }

  /** @param {number} from index @param {number} length */
  #placeFrom(from, length) {
    for (let index = from; index < Math.min(this.messages.length, from + length); index += 1) {
      place(this.messages[index], this.messages[index - 1]);
      this.messages[index].revision += 1;
    }
  }

  /** @param {Message} message */
  remove(message) {
    const index = this.messages.indexOf(message);
    if (index < 0) return;
    this.messages.splice(index, 1);
    const next = this.messages[index];
    if (next && (message.startsGroup || message.startsDay)) {
      next.startsDay ||= message.startsDay;
      next.startsGroup = true;
      next.revision += 1;
    }
  }

  #dropOldest() {
    // What is still on its way stays, or its failure would not be seen.
    const kept = this.messages.slice(0, DROP).filter((m) => m.delivery && m.delivery.state !== 'done');
    this.messages = [...kept, ...this.messages.slice(DROP)];
    this.hasDropped = true;
  }
}

/** Say what a message begins. @param {Message} message @param {Message | undefined} previous */
function place(message, previous) {
  message.startsDay = message.atMs !== null && (!previous || !isSameDay(endOf(previous), message.atMs));
  message.startsGroup =
    message.startsDay || !previous || previous.kind !== message.kind || previous.author !== message.author ||
    (message.atMs ?? 0) - (previous.atMs ?? 0) > GROUP_MS;
}

/** @param {Message} message */
const endOf = ({ atMs, untilMs }) => untilMs ?? atMs;

/** @param {number | null} firstMs @param {number | null} secondMs */
function isSameDay(firstMs, secondMs) {
  if (firstMs === null || secondMs === null) return firstMs === secondMs;
  return new Date(firstMs).toDateString() === new Date(secondMs).toDateString();
}
