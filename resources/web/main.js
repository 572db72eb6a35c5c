// Starts the page: makes the parts, draws at most once a frame, listens to the browser.

import * as api from './api.js';
import { Announcer } from './announcer.js';
import { App } from './app.js';
import { Bell } from './bell.js';
import { preview } from './content.js';
import { Drafts } from './drafts.js';
import { Login } from './login.js';
import { Memory, openDatabase } from './memory.js';
import { dropInvite, hashOf, inviteOf, keyOf } from './router.js';
import { ServerClock } from './server-clock.js';
import { Session, readJson, safeStorage } from './session.js';
import { Siblings } from './siblings.js';
import { languageOf, speak, spoken, t } from './strings.js';
import { EVERYONE } from './threads.js';
import { timers } from './timers.js';
import { ChatView } from './views/chat.js';
import { GateView } from './views/gate.js';

const local = safeStorage('localStorage');
const told = api.toldBy(document);
await speak(languageOf([told?.language ?? '', ...navigator.languages]));
document.documentElement.lang = spoken().language;
document.documentElement.dir = spoken().direction;

const root = elementOf('app');
const announcer = new Announcer(elementOf('heard'));
const wide = matchMedia('(min-width: 720px)');
const perTab = safeStorage('sessionStorage');
// What is on the page now, see `render` and `route`.
let isDue = false;
/** @type {string | null} */
let shownScreen = null;
/** @type {string | null} */
let shownThread = null;
/** @type {string | null} */
let shownNotice = null;
/** @type {string | null} */
let routedHash = null;
/** @type {boolean | null} */
let wasWide = null;
let hasLanded = false;

const newId = () => [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join('');
const channel = globalThis.BroadcastChannel ? new BroadcastChannel('authws') : null;
const siblings = new Siblings({ channel, storage: perTab, timers, newId });

/** @param {{id: string}} user @returns {import('./outbox.js').OutboxStorage} */
const outboxStorage = ({ id }) => {
  const key = () => `authws.outbox.${siblings.tab}.${id}`;
  return { load: () => readJson(perTab, key(), /** @type {import('./outbox.js').Entry[]} */ ([])), save: (entries) => perTab.set(key(), JSON.stringify(entries)) };
};

const app = new App({
  session: new Session(local),
  timers,
  clock: new ServerClock(),
  url: location.origin,
  WebSocket,
  outboxStorage,
  newId,
  siblings,
  memory: new Memory({ database: openDatabase(), storage: local, timers }),
  drafts: new Drafts(local),
  onChange: () => draw(),
  onStatus: (status) => login.greet(status),
  onHeard: (thread, message) => hear(thread, message),
});

const login = new Login({
  api,
  storage: local,
  perTab,
  timers,
  host: location.host,
  invite: inviteOf(location),
  onInviteUsed: () => dropInvite(location, history),
  onChange: () => draw(),
  onLoggedIn: (answer) => app.loggedIn(answer),
  onBanned: (words) => app.banned(words),
});

const gate = new GateView(login, () => app.comeBack());
const bell = new Bell({ storage: local, timers, browser: window });
const chat = new ChatView(app, bell, {
  open: (key) => go(key),
  back: () => goBack(),
});

/** @param {string} id */
function elementOf(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

// Drawing

function draw() {
  if (isDue) return;
  isDue = true;
  // A hidden page gets no frames, but its title still counts.
  if (document.hidden) setTimeout(render, 250);
  else requestAnimationFrame(render);
}

function render() {
  isDue = false;
  const isChat = app.screen === 'chat';
  const view = isChat ? chat : gate;
  if (!isChat && app.notice && app.notice !== shownNotice) {
    login.explain(app.notice, app.notice === 'endedElsewhere' ? 'info' : 'warn', app.lastName);
  }
  shownNotice = isChat ? null : app.notice;
  if (isChat) route();
  else {
    hasLanded = false;
    routedHash = null;
  }
  document.title = titleOf();
  const isNew = shownScreen !== app.screen;
  if (isNew) {
    if (isChat) {
      login.leave();
      gate.clear();
    }
    root.replaceChildren(view.root);
  }
  if (isChat) chat.render();
  else gate.render(app.screen === 'banned' ? app.ban : null);
  const isOther = isChat && shownThread !== app.store.active;
  shownThread = isChat ? app.store.active : null;
  shownScreen = app.screen;
  if (isNew || isOther) view.focus();
}

function titleOf() {
  const appName = app.room?.title || t('appName');
  if (app.screen !== 'chat') return appName;
  const thread = app.store.shown;
  const name = !thread ? t('conversations') : thread.key === EVERYONE ? t('everyone') : thread.name;
  const { unread } = app.store;
  return `${unread ? `(${unread}) ` : ''}${name} · ${appName}`;
}

/** @param {import('./threads.js').Thread} thread @param {import('./threads.js').Message} message */
function hear(thread, message) {
  const isInSight = thread.key === app.store.active && !document.hidden;
  const text = isInSight || message.kind === 'announcement';
  const name = message.kind === 'announcement' ? t('announcement') : message.author;
  if (document.hidden && (message.isDirect || message.kind === 'announcement')) bell.ring(name, preview(message.text));
  // What stands on top is told as an alert.
  if (app.store.leading.pinned.shown?.id === message.id) return;
  announcer.say(text ? t('heard', { name, text: preview(message.text) }) : t('heardElsewhere', { name }));
}

// The address says which conversation is open

function route() {
  // A phone begins where people talk, too; the list is one step back.
  if (!hasLanded && !location.hash && !wide.matches) history.replaceState(null, '', `${location.pathname}${location.search}#everyone`);
  hasLanded = true;
  if (routedHash === location.hash && wasWide === wide.matches && (app.store.active || !wide.matches)) return;
  const key = keyOf(location.hash);
  const found = key && key !== app.store.myKey ? app.store.find(key) : null;
  // Who an address names is known once the server and the memory have told; and may be nobody.
  const isKnown = !key || found !== null || (app.store.isCurrent && app.store.past.isRemembered);
  if (isKnown && key && !found) history.replaceState(null, '', `${location.pathname}${location.search}#everyone`);
  routedHash = isKnown ? location.hash : null;
  wasWide = wide.matches;
  const active = found ? found.key : key || wide.matches ? EVERYONE : null;
  if (active !== app.store.active) app.store.open(active);
}

/** @param {string} key */
function go(key) {
  const thread = app.store.find(key);
  if (!thread) return;
  const isOverList = app.store.active === null;
  location.hash = hashOf(thread);
  if (isOverList) history.replaceState({ isOverList }, '');
  // At once, not with the next frame: what is typed now is meant for this conversation.
  render();
}

function goBack() {
  // Where the list is the page before, go there: another entry would make the phone's own back button stumble.
  if (history.state?.isOverList) return history.back();
  history.replaceState(null, '', location.pathname + location.search);
  render();
}

// What the browser tells

function onVisibility() {
  app.watch(!document.hidden);
  if (document.hidden) app.rest();
  else wake();
}

function wake() {
  app.wake();
  if (app.screen === 'login') login.wake();
}

function fitToKeyboard() {
  const view = window.visualViewport;
  if (!view || view.scale !== 1) return;
  document.documentElement.style.setProperty('--page-height', `${view.height}px`);
  document.documentElement.style.setProperty('--page-top', `${view.offsetTop}px`);
}

addEventListener('hashchange', draw);
addEventListener('online', wake);
// A server on this computer can be reached without a network, so this is no end, but reason enough to ask.
addEventListener('offline', () => app.connection.check());
addEventListener('pagehide', () => app.rest());
addEventListener('pageshow', (event) => {
  if (event.persisted) wake();
});
document.addEventListener('visibilitychange', onVisibility);
wide.addEventListener('change', draw);
window.visualViewport?.addEventListener('resize', fitToKeyboard);
window.visualViewport?.addEventListener('scroll', fitToKeyboard);
app.session.watch(window, () => app.sessionChanged());

/** Begin; if there is something to send, when it is known that it is for this page to send. */
async function start() {
  const { current } = app.session;
  const unsent = current ? outboxStorage(current.user).load() : [];
  const settled = siblings.settle(unsent.map(({ id }) => id));
  if (unsent.length) await settled;
  if (told) login.greet(told);
  if (!current) login.start();
  app.start();
}

app.watch(!document.hidden);
fitToKeyboard();
start();
