// Tells a screen reader of new messages, without talking all the time: what arrives within a second and a
// half is told once, several messages by their number.

import { t } from './strings.js';

const GATHER_MS = 1_500;

export class Announcer {
  /** @param {HTMLElement} region a polite live region */
  constructor(region) {
    this.region = region;
    /** @type {string[]} */
    this.texts = [];
    /** @type {number | null} */
    this.timer = null;
  }

  /** @param {string} text */
  say(text) {
    this.texts.push(text);
    this.timer ??= setTimeout(() => this.#speak(), GATHER_MS);
  }

  #speak() {
    this.timer = null;
    const [only] = this.texts;
    this.region.textContent = this.texts.length === 1 ? only : t('heardMany', { n: this.texts.length });
    this.texts = [];
  }
}
