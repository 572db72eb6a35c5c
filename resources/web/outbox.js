// Messages on their way. An entry stays here until the server confirmed it, so nothing is lost silently:
//
//   queued ─next→ sending ─echo or message_delivered→ gone
//     ↑ ↑            │ connection lost, or over the rate      (queued again, in its place)
//     │ └────────────┤
//     └──Retry── failed ←─ refused, or not confirmed by a server that answers
//
// One message is under way at a time. So they arrive in their order, whichever of them is over the rate; none is
// sent before the server takes it again, which would count as flooding; and a refusal that names no message is
// about the one under way.
//
// A message whose confirmation was lost with the connection is sent again. Where the server keeps messages, it told
// before what had arrived, and takes nothing more from that connection; elsewhere it may arrive twice, but never not
// at all. Pure: the storage is passed in; whose it is, see `siblings.js`.

/** @typedef {'queued' | 'sending' | 'failed' | 'done'} State */
/** @typedef {{key: import('./strings.js').TextKey} | {text: string}} Reason ours or the server's */
/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {{key: string, name: string}} thread
 * @property {string | null} to `null` for everyone
 * @property {string} text
 * @property {boolean} [isData] whether the text is JSON, to be sent as it is
 * @property {State} state
 * @property {Reason | null} reason why it failed
 * @property {string | null} [sentBy] id of the connection that it was sent on last
 */
/** @typedef {{load: () => Entry[], save: (entries: Entry[]) => void}} OutboxStorage */

const PACE_MARGIN = 1.05;

export class Outbox {
  /**
   * @param {object} deps
   * @param {OutboxStorage} deps.storage
   * @param {() => string} deps.newId
   * @param {(entry: Entry) => void} deps.onChange
   */
  constructor({ storage, newId, onChange }) {
    this.storage = storage;
    this.newId = newId;
    this.onChange = onChange;
    /** @type {Entry[]} */
    this.entries = [];
    this.notBeforeMs = -Infinity;
    this.sentAtMs = 0;
    /** @type {number | null} when the last message was sent that the server took, on this connection */
    this.takenAtMs = null;
    this.paceMs = 0;
  }

  /** The message that the server has not answered yet. */
  get underWay() {
    return this.entries.find((entry) => entry.state === 'sending') ?? null;
  }

  get hasQueued() {
    return this.entries.some((entry) => entry.state === 'queued');
  }

  /** Take up what an earlier load of the page left, in its order. */
  restore() {
    this.entries = this.storage.load().map((entry) => ({
      ...entry,
      state: entry.state === 'failed' ? 'failed' : 'queued',
    }));
    return this.entries;
  }

  /** The connection, maybe of an earlier load of the page, on which a message was sent that may still arrive. */
  get doubtfulConnection() {
    return this.entries.find((entry) => entry.state === 'queued' && entry.sentBy)?.sentBy ?? undefined;
  }

  /** @param {string} id */
  has(id) {
    return this.entries.some((entry) => entry.id === id);
  }

  clear() {
    this.entries = [];
    this.storage.save(this.entries);
  }

  /**
   * Add a message.
   *
   * @param {Entry['thread']} thread
   * @param {string | null} to `null` for everyone
   * @param {string} text
   * @param {boolean} isData
   */
  add(thread, to, text, isData = false) {
    /** @type {Entry} */
    const entry = { id: this.newId(), thread, to, text, isData, state: 'queued', reason: null };
    this.entries.push(entry);
    this.storage.save(this.entries);
    return entry;
  }

  /** Return the entry to send now, or `null`. @param {number} nowMs of a clock that nobody sets */
  next(nowMs) {
    if (this.underWay || nowMs < this.notBeforeMs) return null;
    return this.entries.find((entry) => entry.state === 'queued') ?? null;
  }

  /** @param {Entry} entry @param {number} nowMs @param {string | null} clientId of the connection */
  markSending(entry, nowMs, clientId = null) {
    entry.sentBy = clientId;
    this.sentAtMs = nowMs;
    this.notBeforeMs = nowMs + this.paceMs;
    this.#change(entry, 'sending');
  }

  /** Return the wire form of an entry, data as if it were words. @param {Entry} entry @returns {import('./frames').ClientFrame} */
  static frameOf({ id, to, text }) {
    const said = { content: text, messageId: id };
    return to === null ? { type: 'message', ...said } : { type: 'direct', ...said, to, receipt: true };
  }

  /** Our own broadcast came back: it is confirmed if it has these words. @param {unknown} content */
  confirmEcho(content) {
    const entry = this.underWay;
    return this.#confirm(entry && entry.to === null && isSame(entry, content) ? entry : null);
  }

  /**
   * The server tells what was said before: what was sent on a connection that ended, and arrived, is among it.
   *
   * @param {import('./frames').Broadcast | import('./frames').DirectMessage} frame
   */
  confirmReplayed({ type, from, content }) {
    const isMeant = (/** @type {Entry} */ entry) => entry.state === 'queued' && entry.sentBy === from && isSame(entry, content) && (entry.to === null) === (type === 'message');
    return this.#confirm(this.entries.find(isMeant) ?? null);
  }

  /** @param {unknown} messageId */
  confirmDelivered(messageId) {
    return this.#confirm(this.entries.find((e) => e.id === messageId) ?? null);
  }

  /**
   * The server refused a message for good; the person decides.
   *
   * @param {unknown} messageId of the message under way, or not told
   * @param {Reason} reason
   */
  fail(messageId, reason) {
    const entry = this.#meant(messageId);
    if (entry) this.#change(entry, 'failed', reason);
  }

  /**
   * The server dropped a message for now: neither this one nor what was written after it is sent before a time. Until
   * all is sent, the others keep the pace that follows from it, or every second one would be dropped.
   *
   * @param {unknown} messageId of the message under way, or not told
   * @param {number} notBeforeMs
   */
  hold(messageId, notBeforeMs) {
    const entry = this.#meant(messageId);
    if (!entry) return;
    this.notBeforeMs = notBeforeMs;
    if (this.takenAtMs !== null) this.paceMs = Math.max(this.paceMs, PACE_MARGIN * (notBeforeMs - this.takenAtMs));
    this.#change(entry, 'queued');
  }

  /** @param {unknown} messageId */
  #meant(messageId) {
    const entry = this.underWay;
    return messageId === undefined || messageId === entry?.id ? entry : null;
  }

  /** The connection ended: what was under way waits again, or failed if the server refused the frame itself. @param {boolean} isFrameRefused */
  connectionLost(isFrameRefused) {
    this.takenAtMs = null;
    this.paceMs = 0;
    const entry = this.underWay;
    if (!entry) return;
    if (isFrameRefused) this.#change(entry, 'failed', { key: 'failedTooBig' });
    else this.#change(entry, 'queued');
  }

  /** @param {string} id */
  retry(id) {
    const entry = this.entries.find((e) => e.id === id && e.state === 'failed');
    if (!entry) return;
    // It goes to the end: what was written after it may have arrived already.
    this.entries = [...this.entries.filter((e) => e !== entry), entry];
    this.#change(entry, 'queued');
  }

  /** @param {string} id */
  discard(id) {
    this.entries = this.entries.filter((e) => e.id !== id);
    this.storage.save(this.entries);
  }

  /** @param {Entry | null} entry */
  #confirm(entry) {
    if (!entry) return null;
    this.takenAtMs = this.sentAtMs;
    this.entries = this.entries.filter((e) => e !== entry);
    if (!this.hasQueued) this.paceMs = 0;
    this.storage.save(this.entries);
    return entry;
  }

  /** @param {Entry} entry @param {State} state @param {Reason | null} reason */
  #change(entry, state, reason = null) {
    entry.state = state;
    entry.reason = reason;
    this.storage.save(this.entries);
    this.onChange(entry);
  }
}

/** Tell whether a content that came back is an entry's. @param {Entry} entry @param {unknown} content */
function isSame({ text, isData }, content) {
  return isData ? JSON.stringify(JSON.parse(text)) === JSON.stringify(content) : text === content;
}
