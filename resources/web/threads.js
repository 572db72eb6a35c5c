// Conversations: one with everyone, one with each person somebody talked to. Pure.

import { foldName } from './content.js';

export const EVERYONE = 'everyone';
export const MAX_MESSAGES = 10_000;
const DROP = 1_000;
const GROUP_MS = 5 * 60_000;

export const threadKey = (username) => `@${foldName(username)}`;

export class Thread {
  constructor(key, name) {
    this.key = key;
    this.name = name;
    this.messages = [];
    this.unread = 0;
    this.firstUnread = null;
    this.draft = '';
    this.order = 0;
    this.hasDropped = false;
  }

  get last() {
    return this.messages.at(-1) ?? null;
  }

  /** Add a message behind the others. */
  append(message) {
    const previous = this.last;
    message.startsDay = message.atMs !== null && (!previous || !isSameDay(previous.atMs, message.atMs));
    message.startsGroup =
      message.startsDay || !previous || previous.kind !== message.kind || previous.author !== message.author ||
      message.atMs - previous.atMs > GROUP_MS;
    this.messages.push(message);
    if (this.messages.length > MAX_MESSAGES) this.#dropOldest();
  }

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

function isSameDay(firstMs, secondMs) {
  if (firstMs === null || secondMs === null) return firstMs === secondMs;
  return new Date(firstMs).toDateString() === new Date(secondMs).toDateString();
}
