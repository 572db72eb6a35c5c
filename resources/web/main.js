// Starts the page: makes the parts, draws at most once a frame, listens to the browser.

import * as api from './api.js';
import { Announcer } from './announcer.js';
import { App } from './app.js';
import { preview } from './content.js';
import { Login } from './login.js';
import { hashOf, keyOf, nameOf, takeInvite } from './router.js';
import { ServerClock } from './server-clock.js';
import { Session, readJson, safeStorage } from './session.js';
import { Siblings } from './siblings.js';
import { t } from './strings.js';
import { EVERYONE } from './threads.js';
import { ChatView } from './views/chat.js';
import { GateView } from './views/gate.js';

const root = document.getElementById('app');
const announcer = new Announcer(document.getElementById('heard'));
const wide = matchMedia('(min-width: 720px)');
const local = safeStorage('localStorage');
const perTab = safeStorage('sessionStorage');
// What is on the page now, see `render` and `route`.
let isDue = false;
let shownScreen = null;
let shownThread = null;
let shownNotice = null;
let routedHash = null;
let wasWide = null;

const timers = {
  set: (act, ms) => setTimeout(act, ms),
  clear: (timer) => clearTimeout(timer),
  now: () => performance.now(),
};

const newId = () => [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join('');
const channel = globalThis.BroadcastChannel ? new BroadcastChannel('authws') : null;
const siblings = new Siblings({ channel, storage: perTab, timers, newId });

const outboxStorage = ({ id }) => {
  const key = () => `authws.outbox.${siblings.tab}.${id}`;
  return { load: () => readJson(perTab, key(), []), save: (entries) => perTab.set(key(), JSON.stringify(entries)) };
};

const app = new App({
  session: new Session(local),
  timers,
  clock: new ServerClock(),
  openSocket: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`),
  outboxStorage,
  newId,
  siblings,
  onChange: () => draw(),
  onHeard: (thread, message) => hear(thread, message),
});

const login = new Login({
  api,
  storage: local,
  timers,
  host: location.host,
  invite: takeInvite(location, history),
  onChange: () => draw(),
  onLoggedIn: (answer) => app.loggedIn(answer),
});

const gate = new GateView(login);
const chat = new ChatView(app, {
  open: (key) => go(key),
  back: () => goBack(),
});

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
    login.explain(t(app.notice), app.notice === 'endedElsewhere' ? 'info' : 'warn', app.lastName);
  }
  shownNotice = isChat ? null : app.notice;
  if (isChat) route();
  document.title = titleOf();
  const isNew = shownScreen !== app.screen;
  if (isNew) {
    if (isChat) gate.clear();
    root.replaceChildren(view.root);
  }
  view.render(app.screen === 'banned');
  const isOther = isChat && shownThread !== app.store.active;
  shownThread = isChat ? app.store.active : null;
  shownScreen = app.screen;
  if (isNew || isOther) view.focus();
}

function titleOf() {
  if (app.screen !== 'chat') return t('appName');
  const thread = app.store.threads.get(app.store.active);
  const name = !thread ? t('conversations') : thread.key === EVERYONE ? t('everyone') : thread.name;
  const { unread } = app.store;
  return `${unread ? `(${unread}) ` : ''}${name} · ${t('appName')}`;
}

function hear(thread, message) {
  const isInSight = thread.key === app.store.active && !document.hidden;
  const text = isInSight || message.kind === 'announcement';
  const name = message.kind === 'announcement' ? t('announcement') : message.author;
  announcer.say(text ? t('heard', { name, text: preview(message.text) }) : t('heardElsewhere', { name }));
}

// The address says which conversation is open

function route() {
  if (routedHash === location.hash && wasWide === wide.matches && (app.store.active || !wide.matches)) return;
  routedHash = location.hash;
  wasWide = wide.matches;
  const key = keyOf(location.hash);
  if (key && key !== EVERYONE && key !== app.store.myKey) app.store.thread(key, nameOf(location.hash));
  const found = key && app.store.find(key);
  const active = found ? found.key : wide.matches ? EVERYONE : null;
  if (active !== app.store.active) app.store.open(active);
}

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
  app.store.watch(!document.hidden);
  if (!document.hidden) app.wake();
}

function fitToKeyboard() {
  const view = window.visualViewport;
  if (!view || view.scale !== 1) return;
  document.documentElement.style.setProperty('--page-height', `${view.height}px`);
  document.documentElement.style.setProperty('--page-top', `${view.offsetTop}px`);
}

addEventListener('hashchange', draw);
addEventListener('online', () => app.wake());
addEventListener('pageshow', (event) => event.persisted && app.wake());
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
  app.start();
}

app.store.watch(!document.hidden);
fitToKeyboard();
start();
