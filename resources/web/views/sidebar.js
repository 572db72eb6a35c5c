// Conversations and people, in one list that may be long; a search among the people; who we are.

import { preview } from '../content.js';
import { h, icon, setHidden } from '../dom.js';
import { t } from '../strings.js';
import { EVERYONE } from '../threads.js';
import { VirtualList } from '../virtual-list.js';
import { avatar, everyoneAvatar } from './avatar.js';

const SEARCH_FROM = 8;

export class SidebarView {
  /** @param {import('../app.js').App} app @param {(key: string) => void} onChosen */
  constructor(app, onChosen) {
    this.app = app;
    this.onChosen = onChosen;
    this.letters = '';
    this.rovingKey = `t:${EVERYONE}`;
    this.root = h('nav', { class: 'sidebar', 'aria-label': t('sidebar') }, this.#buildHead(), this.#buildList());
    this.list = new VirtualList(this.scroller, {
      box: this.box,
      keyOf: (item) => item.key,
      revisionOf: (item) => this.#revisionOf(item),
      renderRow: (item) => this.#renderRow(item),
      guessPx: 56,
      onMoved: () => this.#rove(),
    });
    this.#rows = { header: headerRow, nothing: nothingRow, self: (item) => this.#selfRow(item), thread: (item) => this.#threadRow(item), person: (item) => this.#personRow(item) };
  }

  #rows;

  #buildHead() {
    this.me = h('div', { class: 'me' });
    this.logout = h('button', { class: 'icon-button', type: 'button', 'aria-label': t('logout'), title: t('logout'), onclick: () => this.app.logout() }, icon('logout'));
    this.search = h('input', { type: 'search', class: 'search', 'aria-label': t('find'), placeholder: t('find'), autocomplete: 'off', spellcheck: 'false' });
    this.search.addEventListener('input', () => this.#onSearch());
    this.searchBox = h('div', { class: 'search-box' }, icon('search'), this.search);
    return h('div', { class: 'sidebar-head' }, h('div', { class: 'me-line' }, this.me, this.logout), this.searchBox);
  }

  #buildList() {
    this.box = h('div', { class: 'rows', role: 'list' });
    this.scroller = h('div', { class: 'sidebar-scroller', onkeydown: (event) => this.#onKey(event) }, this.box);
    return this.scroller;
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
      this.me.setAttribute('role', 'img');
    }
    setHidden(this.searchBox, store.people.list.length < SEARCH_FROM && !this.letters);
    this.list.show(this.#items());
    this.#rove();
  }

  #items() {
    const { store } = this.app;
    const items = [];
    if (!this.letters.trim()) {
      items.push({ key: 'h:threads', kind: 'header', text: t('conversations') });
      for (const thread of store.listThreads()) items.push({ key: `t:${thread.key}`, kind: 'thread', thread });
    }
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

  #revisionOf({ kind, thread, person, text, count }) {
    const { store } = this.app;
    if (kind === 'header') return `${text}${count}`;
    if (kind === 'thread') {
      const { key, name, unread, last } = thread;
      return JSON.stringify([name, unread, last?.key, key === store.active, store.people.isHere(key)]);
    }
    return person ? JSON.stringify([person.name, person.connections, person.key === store.active]) : '';
  }

  #renderRow(item) {
    return this.#rows[item.kind](item);
  }

  #threadRow({ key, thread }) {
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

  #personRow({ key, person }) {
    return this.#row(key, person.key, avatar(person.name, true), person.name, devices(person), null);
  }

  #selfRow({ person }) {
    const name = h('span', { class: 'row-name', dir: 'auto' }, t('you', { name: person.name }));
    return h('div', { class: 'row', role: 'listitem' }, h('div', { class: 'entry still' }, avatar(person.name, true), h('span', { class: 'row-text' }, name, line(devices(person)))));
  }

  #row(key, threadKey, sign, name, text, badge) {
    const isActive = threadKey === this.app.store.active && key.startsWith('t:');
    const button = h(
      'button', { class: 'entry', type: 'button', 'aria-current': isActive ? 'true' : null, onclick: () => this.onChosen(threadKey) },
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

  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[event.key];
    const { items } = this.list;
    const from = this.list.indexOf(event.target);
    if (step === undefined || from < 0) return;
    event.preventDefault();
    const direction = Math.sign(step);
    let index = Math.max(0, Math.min(items.length - 1, from + step));
    while (items[index] && !isChoice(items[index])) index += direction;
    // At an end that is no choice, look back.
    if (!items[index]) index = direction > 0 ? items.findLastIndex(isChoice) : items.findIndex(isChoice);
    if (index < 0) return;
    this.rovingKey = items[index].key;
    this.list.reveal(index)?.querySelector('button')?.focus();
    this.#rove();
  }
}

const isChoice = (item) => item.kind === 'thread' || item.kind === 'person';
const devices = (person) => (person.connections > 1 ? t('devices', { n: person.connections }) : '');
const line = (text) => (text ? h('span', { class: 'row-line', dir: 'auto' }, text) : null);

function headerRow({ text, count }) {
  const title = h('h2', { class: 'row-header' }, text);
  if (count) title.append(h('span', { class: 'count', 'aria-hidden': 'true' }, String(count)), h('span', { class: 'visually-hidden' }, t('peopleCount', { n: count })));
  return h('div', { class: 'row', role: 'listitem' }, title);
}

function nothingRow() {
  return h('div', { class: 'row', role: 'listitem' }, h('p', { class: 'nothing' }, t('findNothing')));
}
