// A search among the messages of the open conversation that this page has: the latest that fits first, then back.

import { foldName } from '../content.js';
import { h, icon, setHidden, setText } from '../dom.js';
import { t } from '../strings.js';

/** @typedef {import('../threads.js').Message} Message */

export class FindBarView {
  /** @param {{onFound: (message: Message | null) => void, onClose: () => void}} deps */
  constructor({ onFound, onClose }) {
    this.onFound = onFound;
    this.onClose = onClose;
    /** @type {import('../threads.js').Thread | null} */
    this.thread = null;
    /** @type {Message | null} */
    this.current = null;
    this.input = h('input', { type: 'search', class: 'search', 'aria-label': t('findMessage'), placeholder: t('findMessage'), autocomplete: 'off', spellcheck: 'false', oninput: () => this.#onInput() });
    this.count = h('span', { class: 'find-count', role: 'status' });
    this.earlier = this.#button('chevronUp', t('findEarlier'), () => this.#step(-1));
    this.later = this.#button('chevronDown', t('findLater'), () => this.#step(1));
    this.root = h('div', { class: 'find-bar', role: 'search', hidden: true, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event) },
      this.input, this.count, this.earlier, this.later, this.#button('x', t('findClose'), () => this.close()));
  }

  /** @param {Parameters<typeof icon>[0]} sign @param {string} label @param {() => void} act */
  #button(sign, label, act) {
    return h('button', { class: 'icon-button', type: 'button', 'aria-label': label, title: label, onclick: act }, icon(sign));
  }

  /** Search in a conversation. @param {import('../threads.js').Thread} thread */
  open(thread) {
    this.thread = thread;
    setHidden(this.root, false);
    this.input.focus();
    this.input.select();
    this.#onInput();
  }

  close() {
    if (this.root.hidden) return;
    this.leave();
    this.onClose();
  }

  /** Another conversation is shown, or none. */
  leave() {
    setHidden(this.root, true);
    this.input.value = '';
    this.#show(null, []);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === 'Escape') this.close();
    else if (event.key === 'Enter' && event.target === this.input) this.#step(event.shiftKey ? 1 : -1);
  }

  #matches() {
    const wanted = foldName(this.input.value.trim());
    if (!wanted || !this.thread) return [];
    return this.thread.messages.filter(({ kind, text, author }) => kind !== 'gap' && (foldName(text).includes(wanted) || foldName(author).includes(wanted)));
  }

  #onInput() {
    const found = this.#matches();
    this.#show(found.at(-1) ?? null, found);
  }

  /** Go to the match before or after the one that is shown, around the ends. @param {1 | -1} by */
  #step(by) {
    const found = this.#matches();
    if (!found.length) return this.#show(null, found);
    const index = this.current ? found.indexOf(this.current) : 0;
    this.#show(found[(index + by + found.length) % found.length], found);
  }

  /** @param {Message | null} message @param {Message[]} found */
  #show(message, found) {
    this.current = message;
    const isAsked = Boolean(this.input.value.trim());
    setText(this.count, !isAsked ? '' : message ? t('findCount', { i: found.indexOf(message) + 1, count: found.length }) : t('findNone'));
    this.earlier.disabled = this.later.disabled = found.length < 2;
    this.onFound(message);
  }
}
