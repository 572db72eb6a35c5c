// What was missed, and what was said before: where the server keeps messages (`features`), it is asked for both.
//
// With each login goes the id of what was heard last. The server then sends what came after it, before anything
// newer; where it cannot, the line of the gap stays, and is filled as far as older pages reach. One page is asked for
// at a time, for a server answers few at once.

import { isSignal, readConvention } from './conventions.js';
import { arraySources, memberSource } from './json-source.js';
import { EVERYONE } from './threads.js';

/** @typedef {import('./threads.js').Thread} Thread */
/** @typedef {import('./threads.js').Message} Message */
/** @typedef {{thread: Thread, gap: Message | null, before?: string, messageId?: string}} Question a page to ask for; `gap` is the line that it fills */

const APP = 'Authws web';
/** Messages a page: what a person scrolls through, and what a gap takes. */
const PAGE = 50;
const GAP_PAGE = 200;
/** So many pages fill a gap at most: 2,000 messages are more than anybody reads again. */
const GAP_PAGES = 10;

export class Recovery {
  /**
   * @param {object} deps
   * @param {import('./store.js').Store} deps.store
   * @param {import('./memory.js').Memory} deps.memory
   * @param {() => string} deps.newId
   * @param {(frame: import('./frames').ClientFrame) => boolean} deps.send
   * @param {() => void} deps.onCaughtUp all that was missed is here
   */
  constructor({ store, memory, newId, send, onCaughtUp }) {
    this.store = store;
    this.memory = memory;
    this.newId = newId;
    this.send = send;
    this.onCaughtUp = onCaughtUp;
    /** @type {Set<string>} */
    this.features = new Set();
    this.lastId = '';
    /** @type {string | null} the newest message at the login, while what was missed is on its way */
    this.newestId = null;
    this.isCatchingUp = false;
    this.isRefused = false;
    this.isReturning = false;
    this.hasUnacknowledged = false;
    /** @type {Question | null} */
    this.asked = null;
    /** @type {Question[]} */
    this.waiting = [];
    this.pagesLeft = 0;
  }

  /** Begin as the user whose memory this is. */
  begin() {
    this.lastId = this.memory.lastId;
    this.lost();
  }

  /** What to ask for with a token. @param {string} [doubtful] the connection that sent, before the page was loaded, what may still arrive */
  wishes(doubtful) {
    const replaces = this.store.clientId ?? doubtful;
    return { app: APP, presence: 'delta', pinned: true, since: this.lastId || 'start', replaces, echo: true, ack: true };
  }

  /** @param {import('./frames').Connected} frame */
  onConnected(frame) {
    this.features = new Set(frame.features);
    this.store.isKept = this.features.has('recovery');
  }

  /** A new connection is logged in. @param {import('./frames').Authenticated} frame */
  onAuthenticated({ recovered, last = '' }) {
    this.isReturning = this.lastId !== '';
    this.isCatchingUp = recovered === true;
    this.newestId = recovered === true ? last : null;
    this.isRefused = recovered === false;
    if (this.isRefused) this.#reach(last);
    this.fillGaps();
  }

  /** Ask for what the lines of this connection's gaps stand for, where the server could not tell what was missed. */
  fillGaps() {
    if (!this.isRefused) return;
    this.waiting.push(...this.store.past.openGaps.splice(0));
    this.#askNext();
  }

  /** The list of people follows what was missed. */
  onPeople() {
    if (this.newestId !== null) this.#reach(this.newestId);
    this.newestId = null;
    if (!this.isCatchingUp) return;
    this.isCatchingUp = false;
    this.onCaughtUp();
  }

  /** The connection ended. */
  lost() {
    this.isRefused = false;
    this.isCatchingUp = false;
    this.newestId = null;
    this.asked = null;
    this.waiting = [];
  }

  /** Note how far everything was heard; before the store takes it. @param {import('./frames').Broadcast | import('./frames').DirectMessage} frame */
  heard(frame) {
    // Ids of a server that keeps nothing mean nothing later.
    if (!this.features.has('recovery')) return;
    if (!frame.replayed) this.newestId = null;
    if (frame.type === 'direct' && !frame.echo) this.hasUnacknowledged = true;
    // What stays on top comes again with each login, out of its order.
    if (!(frame.replayed && frame.type === 'message' && frame.pinned)) this.#reach(frame.id);
  }

  /** @param {string} id */
  #reach(id) {
    this.lastId = id;
    this.memory.noteId(id);
  }

  /** All up to a message is kept here: the server need not repeat the directs among it. @param {string} id */
  written(id) {
    if (!id || !this.hasUnacknowledged || !this.features.has('ack')) return;
    if (this.send({ type: 'ack', id })) this.hasUnacknowledged = id !== this.lastId;
  }

  // Older messages

  /** Ask for what was said before the first message of a conversation. @param {Thread} thread */
  older(thread) {
    if (!this.features.has('history') || thread.isWhole || this.asked) return;
    const first = thread.messages.find(({ id, kind }) => id !== null && kind !== 'gap');
    this.waiting.push({ thread, gap: null, before: first?.id ?? undefined });
    this.#askNext();
  }

  #askNext() {
    if (this.asked || !this.features.has('history')) return;
    const question = this.waiting.shift();
    if (!question) return;
    if (question.gap && question.before === undefined) this.pagesLeft = GAP_PAGES;
    const { thread, gap, before } = question;
    question.messageId = this.newId();
    /** @type {import('./frames').HistoryRequest} */
    const frame = { type: 'history', before, limit: gap ? GAP_PAGE : PAGE, messageId: question.messageId };
    if (thread.key !== EVERYONE) frame.with = thread.name;
    if (this.send(frame)) this.asked = question;
  }

  /** @param {import('./frames').HistoryPage} frame @param {string} source the frame as it was written */
  onPage({ messages, more, messageId }, source) {
    const { asked, store } = this;
    if (!asked || asked.messageId !== messageId) return;
    this.asked = null;
    const sources = arraySources(memberSource(source, 'messages') ?? '[]');
    const unknown = messages.filter(({ id }) => !store.known.has(id));
    const fresh = unknown.filter(({ content }) => !isSignal(content));
    const older = fresh.map((frame) => store.readFrame(frame, sources[messages.indexOf(frame)] ?? '').message);
    const { thread, gap } = asked;
    if (!gap) {
      thread.isWhole = !more;
      thread.prepend(older);
    } else if (thread.fill(gap, older, messages.length ? Date.parse(messages[0].timestamp) : null) && more && --this.pagesLeft > 0) {
      this.waiting.unshift({ thread, gap, before: messages[0].id });
    }
    // Votes count for the polls among these; hands of before are down by now.
    for (const frame of unknown) if (readConvention(frame.content)?.kind === 'vote') store.leading.signal(frame);
    store.onKept(thread);
    store.onChange();
    this.#askNext();
  }

  /** Take the refusal of a page; `false` if it is about something else. @param {import('./frames').ErrorMessage} frame */
  onError({ code, messageId }) {
    const { asked } = this;
    if (!asked || asked.messageId !== messageId) return false;
    this.asked = null;
    // Ids from before another server stood here; what is only too busy now is asked for when somebody scrolls again.
    if (code === 'INVALID_MESSAGE' && !asked.gap) asked.thread.isWhole = true;
    this.#askNext();
    return true;
  }
}
