// Sends what the person writes: takes it into the outbox, from there to the server, and shows what became of it.

import { Outbox } from './outbox.js';
import { EVERYONE } from './threads.js';

/** Within this time a server that answers has answered. */
const CONFIRM_MS = 8_000;
/** A refusal for the rate that says no time, or one too short to be worth a try. */
const HOLD_MS = 1_000;
const SHORTEST_HOLD_MS = 50;
/** Begins the ids of what is not in the outbox. */
const SIGNAL = '~';

/** Of the outbox of nobody, before somebody is logged in. @type {import('./outbox.js').OutboxStorage} */
const NOWHERE = { load: () => [], save: () => {} };

export class Sender {
  /**
   * @param {object} deps
   * @param {import('./timers.js').Timers} deps.timers
   * @param {() => string} deps.newId
   * @param {import('./store.js').Store} deps.store
   * @param {import('./siblings.js').Siblings} deps.siblings
   * @param {import('./connection.js').Connection} deps.connection
   * @param {() => boolean} deps.isHeld whether nothing may be sent yet
   */
  constructor({ timers, newId, store, siblings, connection, isHeld }) {
    this.timers = timers;
    this.newId = newId;
    this.store = store;
    this.siblings = siblings;
    this.connection = connection;
    this.isHeld = isHeld;
    /** @type {number | null} */
    this.pumpTimer = null;
    /** @type {number | null} */
    this.confirmTimer = null;
    this.outbox = this.#outboxIn(NOWHERE);
    siblings.onTaken = (ids) => ids.filter((id) => this.outbox.has(id)).forEach((id) => this.discard(id));
  }

  /** Take up what a user left unsent. @param {import('./outbox.js').OutboxStorage} storage */
  begin(storage) {
    this.outbox = this.#outboxIn(storage);
    for (const entry of this.outbox.restore()) this.store.addOwn(entry);
  }

  /** @param {import('./outbox.js').OutboxStorage} storage */
  #outboxIn(storage) {
    return new Outbox({ storage, newId: this.newId, onChange: (entry) => this.store.updateOwn(entry) });
  }

  // What the person does

  /** Send a message to the thread that is open, now or as soon as there is a connection. @param {string} text @param {boolean} isData */
  say(text, isData = false) {
    const thread = this.store.shown;
    if (!thread) return;
    // An id, for somebody else may have the name by the time it arrives; but one's other devices read it later, and
    // from before: to them the id of somebody who is away says nothing.
    const { people, isKept } = this.store;
    const userId = isKept ? undefined : people.byKey.get(thread.key)?.userId;
    const to = thread.key === EVERYONE ? null : (userId ?? thread.name);
    this.store.addOwn(this.outbox.add({ key: thread.key, name: thread.name }, to, text, isData));
    this.pump();
  }

  /** Do what is only worth something now: raise a hand, vote. Where only hosts write to everyone, it goes to them. @param {object} content @param {boolean} isToHosts */
  signal(content, isToHosts) {
    const messageId = `${SIGNAL}${this.newId()}`;
    if (!isToHosts) return this.connection.send({ type: 'message', content, messageId });
    const sent = this.store.people.hosts.map(({ userId }) => this.connection.send({ type: 'direct', to: userId, content, messageId }));
    return sent.includes(true);
  }

  /** @param {string} id */
  retry(id) {
    this.outbox.retry(id);
    this.pump();
  }

  /** @param {string} id */
  discard(id) {
    this.outbox.discard(id);
    this.store.removeOwn(id);
  }

  /** Send the next message, if it may go out now; the answer to it brings the one after. */
  pump() {
    if (this.isHeld()) return;
    const nowMs = this.timers.now();
    const { notBeforeMs } = this.outbox;
    this.timers.clear(this.pumpTimer);
    this.pumpTimer = nowMs < notBeforeMs ? this.timers.set(() => this.pump(), notBeforeMs - nowMs) : null;
    const entry = this.outbox.next(nowMs);
    if (!entry || !this.connection.send(Outbox.frameOf(entry), entry.isData ? entry.text : null)) return;
    this.outbox.markSending(entry, nowMs, this.store.clientId);
    // Others may be talking meanwhile, so that the connection is no sign of an answer.
    this.timers.clear(this.confirmTimer);
    this.confirmTimer = this.timers.set(() => this.outbox.underWay && this.connection.check(), CONFIRM_MS);
  }

  // What the server says

  /** Take our own broadcast as its confirmation; `false` for one of another page. @param {import('./frames').Broadcast} frame */
  onEcho(frame) {
    const entry = this.outbox.confirmEcho(frame.content);
    if (!entry) return false;
    this.store.updateOwn({ id: entry.id, state: 'done' }, frame);
    this.pump();
    return true;
  }

  /** Take what was replayed as a confirmation, if it is ours. @param {import('./frames').Broadcast | import('./frames').DirectMessage} frame */
  onReplayed(frame) {
    const entry = this.outbox.confirmReplayed(frame);
    if (!entry) return false;
    this.store.updateOwn({ id: entry.id, state: 'done' }, { id: frame.id });
    return true;
  }

  /** @param {import('./frames').Accepted} frame */
  onAccepted(frame) {
    const entry = this.outbox.confirmDelivered(frame.messageId);
    if (entry) this.store.updateOwn({ id: entry.id, state: 'done' }, frame);
    this.pump();
  }

  /** @param {import('./frames').Delivered} frame */
  onDelivered(frame) {
    const entry = this.outbox.confirmDelivered(frame.messageId);
    if (entry) {
      this.store.updateOwn({ id: entry.id, state: 'done' }, frame);
      const { thread, text } = entry;
      this.siblings.say({ userId: this.store.user?.id ?? '', thread, id: frame.id, text, timestamp: frame.timestamp });
    }
    this.pump();
  }

  /** @param {import('./frames').ErrorMessage} frame */
  onError({ code, message, messageId, retryAfterMs }) {
    if (typeof messageId === 'string' && messageId.startsWith(SIGNAL)) return this.store.leading.remark(message);
    if (code === 'RATE_LIMIT_EXCEEDED') {
      this.outbox.hold(messageId, this.timers.now() + Math.max(SHORTEST_HOLD_MS, retryAfterMs ?? HOLD_MS));
    } else if (code === 'DELIVERY_EXPIRED') {
      this.store.settle(({ delivery }) => delivery?.id === messageId, { isExpired: true });
    } else {
      this.outbox.fail(messageId, code === 'INVALID_RECIPIENT' ? { key: 'failedAbsent' } : { text: message });
    }
    this.pump();
  }

  /**
   * The server has answered what was asked after the message under way, in which time it would have answered that,
   * too: it never will.
   */
  endDoubt() {
    const entry = this.outbox.underWay;
    if (entry && this.timers.now() - this.outbox.sentAtMs >= CONFIRM_MS) this.outbox.fail(entry.id, { key: 'failedUnconfirmed' });
    this.pump();
  }
}
