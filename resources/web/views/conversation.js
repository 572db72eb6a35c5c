// One conversation: who it is with, its messages, and where to write.

import { h, icon, save, setAttribute, setHidden, setText } from '../dom.js';
import { pictureOf } from '../pictures.js';
import { t } from '../strings.js';
import { EVERYONE } from '../threads.js';
import { fileNameOf, transcriptOf } from '../transcript.js';
import { VirtualList } from '../virtual-list.js';
import { avatar, everyoneAvatar } from './avatar.js';
import { ComposerView } from './composer.js';
import { FindBarView } from './find-bar.js';
import { messageRow } from './message-row.js';

const OLDER_PX = 300;

export class ConversationView {
  /** @param {import('../app.js').App} app @param {() => void} onBack */
  constructor(app, onBack) {
    this.app = app;
    /** @type {import('../threads.js').Thread | null} */
    this.thread = null;
    this.wasHere = false;
    /** @type {import('../threads.js').Message | null} what was searched for */
    this.found = null;
    this.findBar = new FindBarView({ onFound: (message) => this.#onFound(message), onClose: () => this.focus() });
    this.composer = new ComposerView((text, isData) => this.#say(text, isData), (thread, text) => app.draft(thread, text), {
      onHand: () => this.#toggleHand(),
      onPoll: (content) => this.#send(content),
      onPicture: (file) => this.#sendPicture(file),
      newId: () => app.sender.newId(),
    });
    this.head = buildHead({ onBack, onSave: () => this.#save(), onFind: () => this.#find() });
    this.messages = buildMessages(() => this.#toLatest());
    this.root = h('main', { class: 'conversation' }, this.head.root, this.findBar.root, this.messages.root, this.composer.root);
    /** @type {import('./message-row.js').RowContext} */
    this.context = {
      thread: app.store.everyone,
      onRetry: (id) => app.sender.retry(id),
      onDiscard: (id) => this.#discard(id),
      onExpand: (message) => app.store.expand(message),
      isFound: (message) => message === this.found,
      myKey: null,
      onVote: (poll, option) => app.signal({ kind: 'vote', poll: poll.id, option, text: t('votedFor', { option: poll.options[option] }) }),
      showsPictures: false,
    };
    /** @type {VirtualList<import('../threads.js').Message>} */
    this.list = new VirtualList(this.messages.scroller, {
      box: this.messages.box,
      keyOf: (message) => message.key,
      revisionOf: (message) => `${message.revision}${message.startsGroup}${this.thread?.firstUnread === message.key}${this.found === message}${message.part?.kind === 'image' && this.context.showsPictures}`,
      renderRow: (message) => messageRow(message, this.context),
      guessPx: 44,
      sticks: true,
      onMoved: () => {
        this.#renderLatest();
        this.#askOlder();
      },
    });
  }

  /** Put the keyboard where the person writes; on a touch screen that would open the keyboard. */
  focus() {
    if (this.composer.isTouch) this.head.title.focus();
    else this.composer.focus();
  }

  render() {
    const { store } = this.app;
    const thread = store.shown;
    setHidden(this.root, !thread);
    if (!thread) {
      this.thread = null;
      return;
    }
    const isOther = this.thread !== thread;
    this.thread = this.context.thread = thread;
    this.#renderHead(thread, isOther);
    this.#renderEmpty(thread);
    this.context.myKey = store.myKey;
    this.context.showsPictures = Boolean(this.app.room?.images);
    this.composer.render(thread, thread.key === EVERYONE ? null : thread.name);
    this.#renderTools(thread);
    if (isOther) {
      this.findBar.leave();
      this.list.restart();
    }
    this.list.show(thread.messages);
    if (isOther) this.#toUnread(thread);
    this.#renderLatest();
    this.#askOlder();
  }

  /** The beginning comes into sight: there may be more before it. */
  #askOlder() {
    if (this.thread && this.app.store.isCurrent && this.messages.scroller.scrollTop < OLDER_PX) this.app.recovery.older(this.thread);
  }

  /** @param {import('../threads.js').Thread} thread @param {boolean} isOther */
  #renderHead(thread, isOther) {
    const { store } = this.app;
    const { back, backCount, sign, title, presence } = this.head;
    const isEveryone = thread.key === EVERYONE;
    const name = isEveryone ? t('everyone') : thread.name;
    const isHere = store.people.isHere(thread.key);
    const elsewhere = store.unread - thread.unread;
    if (isOther || this.wasHere !== isHere) sign.replaceChildren(isEveryone ? everyoneAvatar() : avatar(name, isHere));
    this.wasHere = isHere;
    setText(title, name);
    setAttribute(this.messages.scroller, 'aria-label', t('messagesWith', { name }));
    const isOnline = store.isCurrent;
    setText(presence, !isOnline ? '' : isEveryone ? t('peopleCount', { n: store.people.list.length }) : t(isHere ? 'personHere' : 'personAway'));
    setHidden(backCount, elsewhere === 0);
    setText(backCount, elsewhere > 99 ? '99+' : String(elsewhere));
    setAttribute(back, 'aria-label', elsewhere ? `${t('backToList')}, ${t('unread', { n: elsewhere })}` : t('backToList'));
  }

  /** @param {import('../threads.js').Thread} thread */
  #renderEmpty(thread) {
    const { empty, emptyTitle, emptyHint, dropped } = this.messages;
    const isEveryone = thread.key === EVERYONE;
    setHidden(empty, thread.messages.length > 0);
    const { isKept } = this.app.store;
    setText(emptyTitle, t(!isEveryone ? 'emptyDirect' : isKept ? 'emptyKept' : 'emptyEveryone', { name: thread.name }));
    const hint = isEveryone ? (isKept ? 'emptyEveryoneKept' : 'emptyEveryoneHint') : isKept ? 'emptyDirectKept' : 'emptyDirectHint';
    setText(emptyHint, t(hint, { name: thread.name }));
    setHidden(dropped, !thread.hasDropped);
  }

  /** Begin at the first unread message, if it is not in sight at the end anyway. @param {import('../threads.js').Thread} thread */
  #toUnread(thread) {
    if (!thread.firstUnread) return;
    const index = thread.messages.findIndex((message) => message.key === thread.firstUnread);
    if (index >= 0) this.list.reveal(index);
  }

  #renderLatest() {
    const { latest, latestCount } = this.messages;
    const unread = this.thread?.unread ?? 0;
    this.app.store.reach(this.list.isAtEnd);
    setHidden(latest, this.list.isAtEnd || !this.thread?.messages.length);
    setHidden(latestCount, unread === 0);
    setText(latestCount, unread > 99 ? '99+' : String(unread));
    setAttribute(latest, 'aria-label', unread ? `${t('toLatest')}, ${t('unread', { n: unread })}` : t('toLatest'));
  }

  #find() {
    if (this.thread) this.findBar.open(this.thread);
  }

  /** @param {import('../threads.js').Message | null} message */
  #onFound(message) {
    if (message === this.found) return;
    this.found = message;
    const index = message && this.thread ? this.thread.messages.indexOf(message) : -1;
    if (index >= 0) this.list.reveal(index);
    else this.list.render();
  }

  /** @param {import('../threads.js').Thread} thread */
  #renderTools(thread) {
    const { store, silence, role, room } = this.app;
    const isEveryone = thread.key === EVERYONE;
    this.composer.renderTools({
      silence: silence ? t(silence) : '',
      remark: store.leading.remarked,
      hand: !isEveryone || role === 'host' ? null : store.myKey !== null && store.leading.hands.has(store.myKey),
      canPoll: isEveryone && role === 'host',
      canPicture: Boolean(room?.images) && !silence,
    });
  }

  #toggleHand() {
    const { user, myKey, leading } = this.app.store;
    if (!user || !myKey) return;
    const raised = !leading.hands.has(myKey);
    this.app.signal({ kind: 'hand', raised, text: t(raised ? 'handRaisedBy' : 'handLoweredBy', { name: user.username }) });
  }

  /** @param {object} content more than words */
  #send(content) {
    this.app.store.leading.remark('');
    this.app.sender.say(JSON.stringify(content), true);
    this.list.scrollToEnd();
  }

  /** @param {File} file */
  async #sendPicture(file) {
    const content = await pictureOf(file, t('pictureText'));
    if (content) this.#send(content);
    else this.app.store.leading.remark(t('pictureWrong'));
  }

  #save() {
    if (this.thread) save(fileNameOf(this.thread), transcriptOf(this.thread, location.host));
  }

  #toLatest() {
    this.list.scrollToEnd();
    this.#renderLatest();
    this.focus();
  }

  /** @param {string} text @param {boolean} isData */
  #say(text, isData) {
    this.app.sender.say(text, isData);
    this.list.scrollToEnd();
  }

  /** @param {string} id */
  #discard(id) {
    this.app.sender.discard(id);
    this.composer.focus();
  }
}

/** @param {{onBack: () => void, onSave: () => void, onFind: () => void}} acts */
function buildHead({ onBack, onSave, onFind }) {
  const backCount = h('span', { class: 'badge', 'aria-hidden': 'true' });
  const back = h('button', { class: 'icon-button back', type: 'button', onclick: onBack }, icon('arrowLeft'), backCount);
  const sign = h('span', { class: 'head-sign' });
  const title = h('h1', { class: 'head-title', tabindex: '-1', dir: 'auto' });
  const presence = h('p', { class: 'head-presence' });
  const saveButton = h('button', { class: 'icon-button save', type: 'button', 'aria-label': t('saveConversation'), title: t('saveConversation'), onclick: onSave }, icon('download'));
  const findButton = h('button', { class: 'icon-button', type: 'button', 'aria-label': t('findMessage'), title: t('findMessage'), onclick: onFind }, icon('search'));
  const root = h('header', { class: 'conversation-head' }, back, sign, h('div', { class: 'head-text' }, title, presence), h('div', { class: 'head-tools' }, findButton, saveButton));
  return { root, back, backCount, sign, title, presence };
}

/** @param {() => void} onLatest */
function buildMessages(onLatest) {
  const box = h('div', { class: 'rows', role: 'list' });
  const emptyTitle = h('p', { class: 'empty-title' });
  const emptyHint = h('p', { class: 'empty-hint' });
  const empty = h('div', { class: 'empty' }, h('span', { class: 'empty-sign', 'aria-hidden': 'true' }, icon('message')), emptyTitle, emptyHint);
  const dropped = h('p', { class: 'dropped' }, t('dropped'));
  const scroller = h('div', { class: 'messages', tabindex: '0', role: 'region' }, empty, dropped, box);
  const latestCount = h('span', { class: 'badge', 'aria-hidden': 'true' });
  const latest = h('button', { class: 'latest', type: 'button', title: t('toLatest'), onclick: onLatest }, icon('arrowDown'), latestCount);
  return { root: h('div', { class: 'messages-frame' }, scroller, latest), scroller, box, empty, emptyTitle, emptyHint, dropped, latest, latestCount };
}
