// What the host leads with: the announcement on top, raised hands, votes.

import { readConvention } from './conventions.js';
import { Hands } from './hands.js';
import { Pinned } from './pinned.js';
import { t } from './strings.js';
import { newMessage, threadKey } from './threads.js';

/** @typedef {import('./frames').Broadcast | import('./frames').DirectMessage} Said */

export class Leading {
  /**
   * @param {import('./store.js').Store} store
   * @param {import('./session.js').SafeStorage} storage of what was dismissed
   * @param {import('./session.js').SafeStorage} perTab of hands
   */
  constructor(store, storage, perTab) {
    this.store = store;
    this.pinned = new Pinned(storage);
    this.hands = new Hands(perTab);
    /** @type {string} what was refused just now */
    this.remarked = '';
  }

  /** Forget everything: somebody else is logged in. */
  reset() {
    this.hands.load(this.store.user?.id ?? null);
    this.begin();
    this.pinned.settle();
    this.pinned.said = null;
    this.remarked = '';
  }

  /** A new connection is logged in: what still holds comes again. */
  begin() {
    this.pinned.doubt();
  }

  /** Whoever goes takes the hand down. */
  peopleChanged() {
    this.hands.keepOf(this.store.people.present);
  }

  /** Do what a hand or a vote means. @param {Said} frame */
  signal(frame) {
    const found = readConvention(frame.content);
    if (found?.kind === 'hand') this.#hand(frame, found);
    else if (found?.kind === 'vote') this.#vote(threadKey(frame.username), found);
  }

  /** Do at once what is sent to hosts only, and does not come back. @param {import('./conventions.js').Hand | import('./conventions.js').Vote} mine */
  signalled(mine) {
    const { clientId, myKey } = this.store;
    if (!clientId || !myKey) return;
    if (mine.kind === 'vote') return this.#vote(myKey, mine);
    if (mine.isRaised) this.hands.raise(myKey, clientId);
    else this.hands.lower(myKey);
    this.store.onChange();
  }

  /** Somebody raised a hand, or took it down. @param {Said} frame @param {import('./conventions.js').Hand} hand */
  #hand({ type, from, username, id, timestamp }, { isRaised }) {
    const { store } = this;
    const key = threadKey(username);
    const isOther = this.hands.has(key) !== isRaised;
    if (isRaised) this.hands.raise(key, from);
    else this.hands.lower(key);
    if (isOther && isRaised && type === 'message') {
      const event = newMessage('event', username, t('handRaisedBy', { name: username }), store.clock.hear(timestamp));
      event.id = id;
      store.append(store.everyone, event);
    }
    store.onChange();
  }

  /** Count a vote; who votes again has changed their mind. @param {string} voter @param {import('./conventions.js').Vote} vote */
  #vote(voter, { poll, option }) {
    const { everyone, onKept, onChange } = this.store;
    const message = everyone.messages.findLast(({ part }) => part?.kind === 'poll' && part.id === poll);
    if (message?.part?.kind !== 'poll' || option >= message.part.options.length) return;
    message.part.votes[voter] = option;
    message.revision += 1;
    if (message.id !== null) onKept(everyone);
    onChange();
  }

  /** Put on top what the host wants there. @param {string} id @param {string} text */
  pin(id, text) {
    this.pinned.pin(id, text);
    this.store.onChange();
  }

  /** The host took the announcement down. @param {import('./frames').Unpinned} frame */
  unpinned({ id }) {
    this.pinned.unpin(id);
    this.store.onChange();
  }

  /** Say that something was refused, until something else is done. @param {string} text */
  remark(text) {
    this.remarked = text;
    this.store.onChange();
  }
}
