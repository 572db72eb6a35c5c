// Where a message is written. Enter sends where there is a real keyboard; on a touch screen it breaks the line.

import { h, icon, setAttribute, setHidden, setText } from '../dom.js';
import { t } from '../strings.js';

export const MAX_CHARS = 16_000;
const WARN_FROM = 15_000;

export class ComposerView {
  /** @param {(text: string) => void} onSend */
  constructor(onSend) {
    this.onSend = onSend;
    this.isTouch = matchMedia('(pointer: coarse)').matches;
    this.thread = null;
    this.input = h('textarea', { id: 'message', class: 'compose-input', rows: '1', dir: 'auto', enterkeyhint: this.isTouch ? 'enter' : 'send', 'aria-describedby': 'too-long' });
    this.input.addEventListener('input', () => this.#onInput());
    this.input.addEventListener('keydown', (event) => this.#onKey(event));
    this.button = h('button', { class: 'send', type: 'submit', 'aria-label': t('send'), title: t('send') }, icon('send'));
    // A tap must not take the focus, or a phone's keyboard would close after each message.
    this.button.addEventListener('mousedown', (event) => event.preventDefault());
    this.tooLong = h('p', { id: 'too-long', class: 'too-long', role: 'status' });
    this.root = h('form', { class: 'composer', novalidate: true, onsubmit: (event) => this.#onSubmit(event) },
      this.tooLong, h('div', { class: 'compose-line' }, this.input, this.button));
  }

  focus() {
    this.input.focus();
  }

  /** Write to a thread; what was begun elsewhere is kept there. */
  render(thread, name) {
    if (this.thread !== thread) {
      this.thread = thread;
      this.input.value = thread.draft;
      const label = name === null ? t('writeEveryone') : t('writeTo', { name });
      setAttribute(this.input, 'placeholder', label);
      setAttribute(this.input, 'aria-label', label);
      this.#fit();
    }
  }

  #onInput() {
    this.thread.draft = this.input.value;
    this.#fit();
  }

  #fit() {
    const { input } = this;
    input.style.height = 'auto';
    input.style.height = `${input.scrollHeight}px`;
    const excess = input.value.length - MAX_CHARS;
    setText(this.tooLong, input.value.length > WARN_FROM && excess > 0 ? t('tooLong', { n: excess }) : '');
    setHidden(this.tooLong, excess <= 0);
    this.button.classList.toggle('is-ready', Boolean(input.value.trim()) && excess <= 0);
  }

  #onKey(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229 || this.isTouch) return;
    event.preventDefault();
    this.#submit();
  }

  #onSubmit(event) {
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || this.input.value.length > MAX_CHARS) return;
    this.input.value = '';
    this.#onInput();
    this.onSend(text);
  }
}
