// The chat screen: sidebar and conversation side by side, or one at a time on a phone.

import { h, setText } from '../dom.js';
import { t } from '../strings.js';
import { BannerView } from './banner.js';
import { ConversationView } from './conversation.js';
import { PinnedView } from './pinned.js';
import { SidebarView } from './sidebar.js';

export class ChatView {
  /**
   * @param {import('../app.js').App} app
   * @param {import('../bell.js').Bell} bell
   * @param {{open: (key: string) => void, back: () => void}} routes
   */
  constructor(app, bell, routes) {
    this.app = app;
    this.banner = new BannerView(app);
    this.pinned = new PinnedView(app);
    this.sidebar = new SidebarView(app, bell, routes.open);
    this.conversation = new ConversationView(app, routes.back);
    const skip = h('a', { class: 'skip', href: '#message', onclick: (/** @type {Event} */ event) => this.#onSkip(event) });
    setText(skip, t('skipToMessage'));
    this.root = h('div', { class: 'chat' }, skip, this.banner.root, this.pinned.root, h('div', { class: 'panes' }, this.sidebar.root, this.conversation.root));
  }

  /** @param {Event} event */
  #onSkip(event) {
    event.preventDefault();
    this.conversation.composer.focus();
  }

  focus() {
    if (this.app.store.active) this.conversation.focus();
    else this.sidebar.box.querySelector('button')?.focus();
  }

  render() {
    this.root.dataset.online = String(this.app.store.isCurrent);
    this.root.dataset.open = String(this.app.store.active !== null);
    this.banner.render();
    this.pinned.render();
    this.sidebar.render();
    this.conversation.render();
  }
}
