// A question that has to be answered before something is lost.

import { h } from '../dom.js';

export class Question {
  /**
   * @param {object} words
   * @param {string} words.title
   * @param {string} words.stay the answer that loses nothing
   * @param {string} words.go the other one
   * @param {() => void} onGo
   */
  constructor({ title, stay, go }, onGo) {
    this.text = h('p', { class: 'question-text' });
    const close = (/** @type {boolean} */ isGo) => {
      this.root.close();
      if (isGo) onGo();
    };
    this.root = h(
      'dialog', { class: 'question', 'aria-labelledby': 'question-title' },
      h('h2', { class: 'question-title', id: 'question-title' }, title),
      this.text,
      h('div', { class: 'question-answers' },
        h('button', { class: 'button', type: 'button', onclick: () => close(true) }, go),
        h('button', { class: 'button primary', type: 'button', autofocus: true, onclick: () => close(false) }, stay)),
    );
  }

  /** @param {string} text what would be lost */
  ask(text) {
    this.text.textContent = text;
    this.root.showModal();
  }
}
