// One conversation: who it is with, its messages, and where to write.

import { h, icon, setAttribute, setHidden, setText } from '../dom.js';
import { t } from '../strings.js';
import { EVERYONE } from '../threads.js';
import { VirtualList } from '../virtual-list.js';
import { avatar, everyoneAvatar } from './avatar.js';
import { ComposerView } from './composer.js';
import { messageRow } from './message-row.js';

export class ConversationView {
  /** @param {import('../app.js').App} app @param {() => void} onBack */
  constructor(app, onBack) {
    this.app = app;
    this.thread = null;
    this.composer = new ComposerView((text) => this.#say(text));
    this.root = h('main', { class: 'conversation' }, this.#buildHead(onBack), this.#buildMessages(), this.composer.root);
    this.context = {
      thread: null,
      onRetry: (id) => app.retry(id),
      onDiscard: (id) => this.#discard(id),
      onExpand: (message) => app.store.expand(message),
    };
    this.list = new VirtualList(this.scroller, {
      box: this.box,
      keyOf: (message) => message.key,
      revisionOf: (message) => `${message.revision}${message.startsGroup}${this.thread.firstUnread === message.key}`,
      renderRow: (message) => messageRow(message, this.context),
      guessPx: 44,
      sticks: true,
      onMoved: () => this.#renderLatest(),
    });
  }

  #buildHead(onBack) {
    this.backCount = h('span', { class: 'badge', 'aria-hidden': 'true' });
    this.back = h('button', { class: 'icon-button back', type: 'button', onclick: onBack }, icon('arrowLeft'), this.backCount);
    this.sign = h('span', { class: 'head-sign' });
    this.title = h('h1', { class: 'head-title', tabindex: '-1', dir: 'auto' });
    this.presence = h('p', { class: 'head-presence' });
    return h('header', { class: 'conversation-head' }, this.back, this.sign, h('div', { class: 'head-text' }, this.title, this.presence));
  }

  #buildMessages() {
    this.box = h('div', { class: 'rows', role: 'list' });
    this.emptyTitle = h('p', { class: 'empty-title' });
    this.emptyHint = h('p', { class: 'empty-hint' });
    this.empty = h('div', { class: 'empty' }, h('span', { class: 'empty-sign', 'aria-hidden': 'true' }, icon('message')), this.emptyTitle, this.emptyHint);
    this.dropped = h('p', { class: 'dropped' }, t('dropped'));
    this.scroller = h('div', { class: 'messages', tabindex: '0', role: 'region' }, this.empty, this.dropped, this.box);
    this.latest = h('button', { class: 'latest', type: 'button', 'aria-label': t('toLatest'), title: t('toLatest'), onclick: () => this.#toLatest() }, icon('arrowDown'));
    return h('div', { class: 'messages-frame' }, this.scroller, this.latest);
  }

  /** Put the keyboard where the person writes; on a touch screen that would open the keyboard. */
  focus() {
    if (this.composer.isTouch) this.title.focus();
    else this.composer.focus();
  }

  render() {
    const { store } = this.app;
    const thread = store.threads.get(store.active);
    setHidden(this.root, !thread);
    if (!thread) {
      this.thread = null;
      return;
    }
    const isOther = this.thread !== thread;
    this.thread = this.context.thread = thread;
    this.#renderHead(thread, isOther);
    this.#renderEmpty(thread);
    this.composer.render(thread, thread.key === EVERYONE ? null : thread.name);
    if (isOther) this.list.restart();
    this.list.show(thread.messages);
    if (isOther) this.#toUnread(thread);
    this.#renderLatest();
  }

  #renderHead(thread, isOther) {
    const { store } = this.app;
    const isEveryone = thread.key === EVERYONE;
    const name = isEveryone ? t('everyone') : thread.name;
    const isHere = store.people.isHere(thread.key);
    const elsewhere = store.unread - thread.unread;
    if (isOther || this.wasHere !== isHere) this.sign.replaceChildren(isEveryone ? everyoneAvatar() : avatar(name, isHere));
    this.wasHere = isHere;
    setText(this.title, name);
    setAttribute(this.scroller, 'aria-label', t('messagesWith', { name }));
    const isOnline = store.isCurrent;
    setText(this.presence, !isOnline ? '' : isEveryone ? t('peopleCount', { n: store.people.list.length }) : t(isHere ? 'personHere' : 'personAway'));
    setHidden(this.backCount, elsewhere === 0);
    setText(this.backCount, elsewhere > 99 ? '99+' : String(elsewhere));
    setAttribute(this.back, 'aria-label', elsewhere ? `${t('backToList')}, ${t('unread', { n: elsewhere })}` : t('backToList'));
  }

  #renderEmpty(thread) {
    const isEveryone = thread.key === EVERYONE;
    setHidden(this.empty, thread.messages.length > 0);
    setText(this.emptyTitle, t(isEveryone ? 'emptyEveryone' : 'emptyDirect', { name: thread.name }));
    setText(this.emptyHint, t(isEveryone ? 'emptyEveryoneHint' : 'emptyDirectHint', { name: thread.name }));
    setHidden(this.dropped, !thread.hasDropped);
  }

  /** Begin at the first unread message, if it is not in sight at the end anyway. */
  #toUnread(thread) {
    if (!thread.firstUnread) return;
    const index = thread.messages.findIndex((message) => message.key === thread.firstUnread);
    if (index >= 0) this.list.reveal(index);
  }

  #renderLatest() {
    setHidden(this.latest, this.list.isAtEnd || !this.thread?.messages.length);
  }

  #toLatest() {
    this.list.scrollToEnd();
    this.#renderLatest();
    this.focus();
  }

  #say(text) {
    this.app.say(text);
    this.list.scrollToEnd();
  }

  #discard(id) {
    this.app.discard(id);
    this.composer.focus();
  }
}
