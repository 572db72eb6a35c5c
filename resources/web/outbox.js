// Messages on their way. An entry stays here until the server confirmed it, so nothing is lost silently:
//
//   queued ─take→ sending ─echo or message_delivered→ gone
//     ↑ ↑            │ connection lost, or rate limit      (queued again, in order)
//     │ └────────────┤
//     └──Retry── failed ←─ refused by the server
//
// A message whose confirmation was lost with the connection is sent again: it may then arrive twice, but
// never not at all. Pure: the storage is passed in; whose it is, see `siblings.js`.

export const WINDOW = 16;

export class Outbox {
  /**
   * @param {object} storage `load() → entries`, `save(entries)`
   * @param {() => string} newId
   * @param {(entry: object) => void} onChange
   */
  constructor({ storage, newId, onChange }) {
    this.storage = storage;
    this.newId = newId;
    this.onChange = onChange;
    this.entries = [];
  }

  /** Take up what an earlier load of the page left, in its order. */
  restore() {
    this.entries = this.storage.load().map((entry) => ({
      ...entry,
      state: entry.state === 'failed' ? 'failed' : 'queued',
    }));
    return this.entries;
  }

  has(id) {
    return this.entries.some((entry) => entry.id === id);
  }

  clear() {
    this.entries = [];
    this.storage.save(this.entries);
  }

  /** Add a message; `to` is `null` for everyone. */
  add(thread, to, text) {
    const entry = { id: this.newId(), thread, to, text, state: 'queued', reason: null };
    this.entries.push(entry);
    this.storage.save(this.entries);
    return entry;
  }

  /** Return the next entry to send, or `null`: few are under way at a time, so that order and rate hold. */
  next() {
    let underWay = 0;
    for (const entry of this.entries) {
      if (entry.state === 'sending' && ++underWay >= WINDOW) return null;
      if (entry.state === 'queued') return entry;
    }
    return null;
  }

  markSending(entry) {
    this.#change(entry, 'sending');
  }

  /** Return the wire form of an entry. */
  static frameOf(entry) {
    const frame = { type: entry.to === null ? 'message' : 'direct', content: entry.text, messageId: entry.id };
    return entry.to === null ? frame : { ...frame, to: entry.to };
  }

  /** Our own broadcast came back: the oldest one under way with these words is confirmed. */
  confirmEcho(content) {
    return this.#confirm(this.entries.find((e) => e.state === 'sending' && e.to === null && e.text === content));
  }

  confirmDelivered(messageId) {
    return this.#confirm(this.entries.find((e) => e.id === messageId));
  }

  /** The server refused a message for good; the person decides. */
  fail(messageId, reason) {
    const entry = this.entries.find((e) => e.id === messageId);
    if (entry) this.#change(entry, 'failed', reason);
    return entry ?? null;
  }

  /** The server dropped a message for now. */
  requeue(messageId) {
    const entry = this.entries.find((e) => e.id === messageId);
    if (entry) this.#change(entry, 'queued');
  }

  /** The connection ended: what was under way waits again, or failed if the server refused the frame itself. */
  connectionLost(isFrameRefused) {
    const underWay = this.entries.filter((e) => e.state === 'sending');
    const largest = underWay.reduce((a, b) => (a && a.text.length >= b.text.length ? a : b), null);
    for (const entry of underWay) {
      if (isFrameRefused && entry === largest) this.#change(entry, 'failed', { key: 'failedTooBig' });
      else this.#change(entry, 'queued');
    }
  }

  retry(id) {
    const entry = this.entries.find((e) => e.id === id && e.state === 'failed');
    if (!entry) return;
    // It goes to the end: what was written after it may have arrived already.
    this.entries = [...this.entries.filter((e) => e !== entry), entry];
    this.#change(entry, 'queued');
  }

  discard(id) {
    this.entries = this.entries.filter((e) => e.id !== id);
    this.storage.save(this.entries);
  }

  #confirm(entry) {
    if (!entry) return null;
    this.entries = this.entries.filter((e) => e !== entry);
    this.storage.save(this.entries);
    return entry;
  }

  #change(entry, state, reason = null) {
    entry.state = state;
    entry.reason = reason;
    this.storage.save(this.entries);
    this.onChange(entry);
  }
}
