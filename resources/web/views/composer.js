// Where a message is written. Enter sends where there is a real keyboard; on a touch screen it breaks the line.

import { pollOf } from '../conventions.js';
import { h, icon, setAttribute, setHidden, setText } from '../dom.js';
import { t } from '../strings.js';

export const MAX_CHARS = 16_000;
const WARN_FROM = 15_000;

export class ComposerView {
  /**
   * @param {(text: string, isData: boolean) => void} onSend
   * @param {(thread: import('../threads.js').Thread, text: string) => void} onDraft
   * @param {{onHand: () => void, onPoll: (content: {text: string}) => void, onPicture: (file: File) => void, newId: () => string}} tools
   */
  constructor(onSend, onDraft, tools) {
    this.onSend = onSend;
    this.onDraft = onDraft;
    this.isTouch = matchMedia('(pointer: coarse)').matches;
    this.label = '';
    /** @type {import('../threads.js').Thread | null} */
    this.thread = null;
    this.input = h('textarea', { id: 'message', class: 'compose-input', rows: '1', dir: 'auto', enterkeyhint: this.isTouch ? 'enter' : 'send', 'aria-describedby': 'too-long' });
    this.input.addEventListener('input', () => this.#onInput());
    this.input.addEventListener('keydown', (event) => this.#onKey(event));
    this.button = h('button', { class: 'send', type: 'submit', 'aria-label': t('send'), title: t('send') }, icon('send'));
    // A tap must not take the focus, or a phone's keyboard would close after each message.
    this.button.addEventListener('mousedown', (event) => event.preventDefault());
    this.isData = false;
    this.braces = h('button', { class: 'send braces', type: 'button', 'aria-label': t('writeData'), title: t('writeData'), 'aria-pressed': 'false', onclick: () => this.#toggleData() }, icon('braces'));
    this.tooLong = h('p', { id: 'too-long', class: 'too-long', role: 'status' });
    this.hand = h('button', { class: 'tool', type: 'button', onclick: () => tools.onHand() }, icon('hand'));
    this.poll = h('button', { class: 'tool', type: 'button', 'aria-label': t('poll'), title: t('poll'), onclick: () => this.#openPoll(true) }, icon('chart'));
    this.file = h('input', { type: 'file', accept: 'image/*', hidden: true, 'aria-label': t('picture'), onchange: () => this.#onFile() });
    this.picture = h('button', { class: 'tool', type: 'button', 'aria-label': t('picture'), title: t('picture'), onclick: () => this.file.click() }, icon('image'));
    this.silence = h('p', { class: 'silence' });
    this.remark = h('p', { class: 'remark', role: 'status' });
    this.tools = tools;
    this.ask = this.#buildPoll();
    this.root = h('form', { class: 'composer', novalidate: true, onsubmit: (/** @type {Event} */ event) => this.#onSubmit(event) },
      this.remark, this.tooLong, this.ask.root, h('div', { class: 'compose-line' }, this.hand, this.poll, this.picture, this.file, this.braces, this.silence, this.input, this.button));
  }

  focus() {
    this.input.focus();
  }

  /**
   * Write to a thread; what was begun elsewhere is kept there.
   *
   * @param {import('../threads.js').Thread} thread
   * @param {string | null} name `null` for everyone
   */
  render(thread, name) {
    if (this.thread !== thread) {
      this.thread = thread;
      this.input.value = thread.draft;
      this.label = name === null ? t('writeEveryone') : t('writeTo', { name });
      this.#showLabel();
      this.#fit();
    }
  }

  #showLabel() {
    setAttribute(this.input, 'placeholder', this.isData ? t('dataPlaceholder') : this.label);
    setAttribute(this.input, 'aria-label', this.isData ? `${this.label}, ${t('writeData')}` : this.label);
    setAttribute(this.braces, 'aria-pressed', String(this.isData));
    this.input.classList.toggle('data', this.isData);
  }

  #toggleData() {
    this.isData = !this.isData;
    this.#showLabel();
    this.#fit();
    this.input.focus();
  }

  /**
   * Show what else can be done here.
   *
   * @param {{silence: string, remark: string, hand: boolean | null, canPoll: boolean, canPicture: boolean}} state `hand`:
   *   whether ours is raised, `null` where there is none to raise
   */
  renderTools({ silence, remark, hand, canPoll, canPicture }) {
    setText(this.silence, silence);
    setHidden(this.silence, !silence);
    setHidden(this.input, Boolean(silence));
    setHidden(this.button, Boolean(silence));
    setHidden(this.braces, Boolean(silence));
    setText(this.remark, remark);
    setHidden(this.hand, hand === null);
    setAttribute(this.hand, 'aria-pressed', String(hand === true));
    const label = t(hand ? 'lowerHand' : 'raiseHand');
    setAttribute(this.hand, 'aria-label', label);
    setAttribute(this.hand, 'title', label);
    setHidden(this.poll, !canPoll);
    if (!canPoll) this.#openPoll(false);
    setHidden(this.picture, !canPicture);
  }

  #buildPoll() {
    const input = h('textarea', { class: 'poll-input', rows: '4', dir: 'auto', 'aria-label': t('pollHint'), placeholder: t('pollHint'), 'aria-describedby': 'poll-wrong' });
    const wrong = h('p', { id: 'poll-wrong', class: 'remark', role: 'status' });
    input.addEventListener('input', () => setText(wrong, ''));
    const send = h('button', { class: 'button primary', type: 'button', onclick: () => this.#onPoll() }, t('pollSend'));
    const cancel = h('button', { class: 'button', type: 'button', onclick: () => this.#openPoll(false) }, t('pollCancel'));
    const root = h('div', { class: 'poll-form', hidden: true }, input, wrong, h('div', { class: 'poll-actions' }, cancel, send));
    return { root, input, wrong };
  }

  /** @param {boolean} isOpen */
  #openPoll(isOpen) {
    if (this.ask.root.hidden === !isOpen) return;
    setHidden(this.ask.root, !isOpen);
    setText(this.ask.wrong, '');
    if (isOpen) this.ask.input.focus();
    else this.ask.input.value = '';
  }

  #onPoll() {
    const content = pollOf(this.tools.newId(), this.ask.input.value);
    setText(this.ask.wrong, content ? '' : t('pollWrong'));
    if (!content) return this.ask.input.focus();
    this.#openPoll(false);
    this.tools.onPoll(content);
  }

  #onFile() {
    const file = this.file.files?.[0];
    this.file.value = '';
    if (file) this.tools.onPicture(file);
  }

  #onInput() {
    if (this.thread) this.onDraft(this.thread, this.input.value);
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

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229 || this.isTouch) return;
    event.preventDefault();
    this.#submit();
  }

  /** @param {Event} event */
  #onSubmit(event) {
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || this.input.value.length > MAX_CHARS) return;
    const mistake = this.isData ? mistakeIn(text) : null;
    if (mistake !== null) {
      setText(this.tooLong, t('notData', { reason: mistake }));
      setHidden(this.tooLong, false);
      return;
    }
    this.input.value = '';
    this.#onInput();
    this.onSend(text, this.isData);
  }
}

/** Return what a browser says is wrong with a text that is no JSON; `null` for JSON. @param {string} text */
function mistakeIn(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
