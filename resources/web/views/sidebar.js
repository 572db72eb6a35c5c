// Conversations and people, in one list that may be long; a search among the people; who we are.

import { preview } from '../content.js';
import { h, icon, setHidden } from '../dom.js';
import { t } from '../strings.js';
import { EVERYONE } from '../threads.js';
import { VirtualList } from '../virtual-list.js';
import { avatar, everyoneAvatar } from './avatar.js';
import { Question } from './question.js';

/** @typedef {import('../people.js').Person} Person */
/** @typedef {import('../threads.js').Thread} Thread */
/**
 * @typedef {{kind: 'header', key: string, text: string, count?: number}
 *   | {kind: 'thread', key: string, thread: Thread}
 *   | {kind: 'person' | 'self', key: string, person: Person}
 *   | {kind: 'nothing', key: string}} Item a row of the list
 */

const SEARCH_FROM = 8;

export class SidebarView {
  /** @param {import('../app.js').App} app @param {import('../bell.js').Bell} bell @param {(key: string) => void} onChosen */
  constructor(app, bell, onChosen) {
    this.app = app;
    this.bell = bell;
    this.bellButton = h('button', { class: 'icon-button', type: 'button', 'aria-label': t('bellOn'), title: t('bellOn'), onclick: () => this.#toggleBell() });
    this.#showBell();
    this.onChosen = onChosen;
    this.letters = '';
    this.shownName = '';
    this.rovingKey = `t:${EVERYONE}`;
    this.me = h('div', { class: 'me', role: 'img' });
    this.search = h('input', { type: 'search', class: 'search', 'aria-label': t('find'), placeholder: t('find'), autocomplete: 'off', spellcheck: 'false', oninput: () => this.#onSearch() });
    this.clear = h('button', { class: 'clear', type: 'button', 'aria-label': t('clearSearch'), title: t('clearSearch'), onclick: () => this.#clearSearch() }, icon('x'));
    this.searchBox = h('div', { class: 'search-box', onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && this.#clearSearch() }, icon('search'), this.search, this.clear);
    this.question = new Question({ title: t('logoutTitle'), stay: t('logoutStay'), go: t('logoutGo') }, () => app.logout());
    this.box = h('div', { class: 'rows', role: 'list', onfocusin: (/** @type {FocusEvent} */ event) => this.#onFocus(event) });
    this.scroller = h('div', { class: 'sidebar-scroller', onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event) }, this.box);
    this.root = h('nav', { class: 'sidebar', 'aria-label': t('sidebar') }, this.#buildHead(), this.scroller);
    /** @type {VirtualList<Item>} */
    this.list = new VirtualList(this.scroller, {
      box: this.box,
      keyOf: (item) => item.key,
      revisionOf: (item) => this.#revisionOf(item),
      renderRow: (item) => this.#renderRow(item),
      guessPx: 56,
      isChoice,
      onMoved: () => this.#rove(),
    });
  }

  #buildHead() {
    const logout = h('button', { class: 'icon-button', type: 'button', 'aria-label': t('logout'), title: t('logout'), onclick: () => this.#logOut() }, icon('logout'));
    return h('div', { class: 'sidebar-head' }, h('div', { class: 'me-line' }, this.me, this.bellButton, logout), this.searchBox, this.question.root);
  }

  #toggleBell() {
    this.bell.toggle();
    this.#showBell();
  }

  #showBell() {
    this.bellButton.setAttribute('aria-pressed', String(this.bell.isOn));
    this.bellButton.replaceChildren(icon(this.bell.isOn ? 'bell' : 'bellOff'));
  }

  #logOut() {
    const unsent = this.app.sender.outbox.entries.length;
    if (unsent) this.question.ask(t('logoutLoses', { n: unsent }));
    else this.app.logout();
  }

  #clearSearch() {
    this.search.value = '';
    this.search.focus();
    this.#onSearch();
  }

  /** Open a conversation; who was searched for has been found. @param {string} key */
  #choose(key) {
    if (this.letters) {
      this.search.value = '';
      this.#onSearch();
    }
    this.onChosen(key);
  }

  #onSearch() {
    this.letters = this.search.value;
    this.scroller.scrollTop = 0;
    this.render();
  }

  render() {
    const { store } = this.app;
    if (!store.user) return;
    const { username } = store.user;
    if (this.shownName !== username) {
      this.shownName = username;
      this.me.replaceChildren(avatar(username), h('span', { class: 'me-name', dir: 'auto' }, username));
      this.me.setAttribute('aria-label', t('loggedInAs', { name: username }));
    }
    setHidden(this.clear, !this.letters);
    setHidden(this.searchBox, store.people.list.length < SEARCH_FROM && !this.letters);
    this.list.show(this.#items());
    this.#rove();
  }

  #items() {
    const { store } = this.app;
    /** @type {Item[]} */
    const items = [];
    if (this.app.role === 'host' && store.leading.hands.size) {
      items.push({ key: 'h:hands', kind: 'header', text: t('hands') });
      for (const key of store.leading.hands.keys()) {
        const person = store.people.byKey.get(key);
        if (person) items.push({ key: `r:${key}`, kind: 'person', person });
      }
    }
    items.push({ key: 'h:threads', kind: 'header', text: t('conversations') });
    for (const thread of store.findThreads(this.letters)) items.push({ key: `t:${thread.key}`, kind: 'thread', thread });
    const found = store.people.find(this.letters, store.myKey);
    const count = store.people.list.length;
    const shown = this.letters.trim() ? found.length : count;
    if (count) items.push({ key: 'h:people', kind: 'header', text: t(store.isCurrent ? 'peopleHere' : 'peopleBefore'), count: shown });
    for (const person of found) {
      items.push({ key: `p:${person.key}`, kind: person.key === store.myKey ? 'self' : 'person', person });
    }
    if (count && !found.length) items.push({ key: 'nothing', kind: 'nothing' });
    return items;
  }

  /** @param {Item} item */
  #revisionOf(item) {
    const { store } = this.app;
    switch (item.kind) {
      case 'header':
        return `${item.text}${item.count}`;
      case 'thread': {
        const { key, name, unread, last } = item.thread;
        return JSON.stringify([name, unread, last?.key, key === store.active, store.people.isHere(key)]);
      }
      case 'nothing':
        return '';
      default:
        return JSON.stringify([item.person.name, item.person.connections, item.person.role, store.leading.hands.has(item.person.key), item.person.key === store.active]);
    }
  }

  /** @param {Item} item */
  #renderRow(item) {
    switch (item.kind) {
      case 'header':
        return headerRow(item.text, item.count);
      case 'thread':
        return this.#threadRow(item.key, item.thread);
      case 'person':
        return this.#personRow(item.key, item.person);
      case 'self':
        return selfRow(item.person, this.#marks(item.person));
      case 'nothing':
        return nothingRow();
    }
  }

  /** @param {string} key @param {Thread} thread */
  #threadRow(key, thread) {
    const { store } = this.app;
    const isEveryone = thread.key === EVERYONE;
    const name = isEveryone ? t('everyone') : thread.name;
    const { last, unread } = thread;
    const line = last ? preview(last.isMine ? t('previewMine', { text: last.text }) : isEveryone ? t('heard', { name: last.author, text: last.text }) : last.text) : isEveryone ? t('everyonePreview') : '';
    const sign = isEveryone ? everyoneAvatar() : avatar(name, store.people.isHere(thread.key));
    const badge = unread
      ? h('span', { class: 'badge' }, h('span', { 'aria-hidden': 'true' }, unread > 99 ? '99+' : String(unread)), h('span', { class: 'visually-hidden' }, t('unread', { n: unread })))
      : null;
    return this.#row(key, thread.key, sign, name, line, badge);
  }

  /** What is to be seen of somebody besides the name: that they lead, or have raised a hand. @param {Person} person */
  #marks(person) {
    const isHost = person.role === 'host';
    const isUp = this.app.store.leading.hands.has(person.key);
    if (!isHost && !isUp) return null;
    const hand = isUp ? h('span', { class: 'hand', title: t('handUp') }, icon('hand'), h('span', { class: 'visually-hidden' }, t('handUp'))) : null;
    return h('span', { class: 'marks' }, hand, isHost ? h('span', { class: 'tag' }, t('host')) : null);
  }

  /** @param {string} key @param {Person} person */
  #personRow(key, person) {
    return this.#row(key, person.key, avatar(person.name, true), person.name, devices(person), this.#marks(person));
  }

  /**
   * @param {string} key
   * @param {string} threadKey
   * @param {HTMLElement} sign
   * @param {string} name
   * @param {string} text
   * @param {HTMLElement | null} badge
   */
  #row(key, threadKey, sign, name, text, badge) {
    const isActive = threadKey === this.app.store.active && key.startsWith('t:');
    const button = h(
      'button', { class: 'entry', type: 'button', 'aria-current': isActive ? 'true' : null, onclick: () => this.#choose(threadKey) },
      sign, h('span', { class: 'row-text' }, h('span', { class: 'row-name', dir: 'auto' }, name), line(text)), badge,
    );
    button.dataset.key = key;
    return h('div', { class: 'row', role: 'listitem' }, button);
  }

  // Keyboard: one row can be reached with Tab, the arrows go on from there.

  #rove() {
    const buttons = [...this.box.querySelectorAll('button')];
    const chosen = buttons.find((button) => button.dataset.key === this.rovingKey) ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
  }

  /** Go on from where the keyboard is, however it came there. @param {FocusEvent} event */
  #onFocus({ target }) {
    if (!(target instanceof HTMLElement) || !target.dataset.key) return;
    this.rovingKey = target.dataset.key;
    this.#rove();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = STEPS[event.key];
    const { items } = this.list;
    const from = event.target instanceof Node ? this.list.indexOf(event.target) : -1;
    if (step === undefined || from < 0) return;
    event.preventDefault();
    const direction = Math.sign(step);
    let index = Math.max(0, Math.min(items.length - 1, from + step));
    while (items[index] && !isChoice(items[index])) index += direction;
    // At an end that is no choice, look back.
    if (!items[index]) index = direction > 0 ? items.findLastIndex(isChoice) : items.findIndex(isChoice);
    if (index < 0) return;
    this.list.reveal(index)?.querySelector('button')?.focus();
  }
}

/** How far a key goes. @type {Record<string, number>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };

/** @param {Item} item */
const isChoice = (item) => item.kind === 'thread' || item.kind === 'person';
/** @param {Person} person */
const devices = (person) => (person.connections > 1 ? t('devices', { n: person.connections }) : '');
/** @param {string} text */
const line = (text) => (text ? h('span', { class: 'row-line', dir: 'auto' }, text) : null);

/** @param {Person} person @param {HTMLElement | null} marks */
function selfRow(person, marks) {
  const name = h('span', { class: 'row-name', dir: 'auto' }, t('you', { name: person.name }));
  return h('div', { class: 'row', role: 'listitem' }, h('div', { class: 'entry still' }, avatar(person.name, true), h('span', { class: 'row-text' }, name, line(devices(person))), marks));
}

/** @param {string} text @param {number} [count] */
function headerRow(text, count) {
  const title = h('h2', { class: 'row-header' }, text);
  if (count) title.append(h('span', { class: 'count', 'aria-hidden': 'true' }, String(count)), h('span', { class: 'visually-hidden' }, t('peopleCount', { n: count })));
  return h('div', { class: 'row', role: 'listitem' }, title);
}

function nothingRow() {
  return h('div', { class: 'row', role: 'listitem' }, h('p', { class: 'nothing' }, t('findNothing')));
}
