// The strip above every screen of the chat: what the host announced.

import { clip } from '../content.js';
import { h, icon, setHidden, setText } from '../dom.js';
import { t } from '../strings.js';

export class PinnedView {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.label = h('span', { class: 'visually-hidden' });
    this.text = h('span', { dir: 'auto' });
    this.dismiss = h('button', { class: 'icon-button', type: 'button', 'aria-label': t('dismiss'), title: t('dismiss'), onclick: () => this.#onDismiss() }, icon('x'));
    this.strip = h('div', { class: 'pinned', hidden: true }, icon('megaphone'), h('p', { class: 'pinned-text', tabindex: '0' }, this.label, ' ', this.text), this.dismiss);
    // There before it has something to say: a screen reader tells of what changes in it.
    this.root = h('div', { role: 'alert' }, this.strip);
  }

  #onDismiss() {
    this.app.store.leading.pinned.dismiss();
    this.app.onChange();
  }

  render() {
    const { shown } = this.app.store.leading.pinned;
    setHidden(this.strip, !shown);
    setText(this.label, shown ? t('saidBy', { name: t('announcement') }) : '');
    setText(this.text, shown ? (clip(shown.text) ?? shown.text) : '');
  }
}
