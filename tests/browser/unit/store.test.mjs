import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerClock } from '../../../resources/web/server-clock.js';
import { Store } from '../../../resources/web/store.js';
import { EVERYONE, MAX_MESSAGES } from '../../../resources/web/threads.js';
import { TIME, authenticated } from './fakes.mjs';

let number = 0;
const message = (username, content, more = {}) => ({ type: 'message', from: `c-${username}`, username, content, timestamp: TIME, id: `${++number}`, ...more });
const direct = (username, content) => message(username, content, { type: 'direct', to: 'Ana' });

function make() {
  const heard = [];
  const store = new Store({ clock: new ServerClock(() => 0), onChange: () => {}, onHeard: (_, one) => heard.push(one) });
  store.reset({ id: 'u-Ana', username: 'Ana' });
  store.authenticated(authenticated());
  store.open(EVERYONE);
  return { store, heard };
}

test('messages to everyone and direct ones have their threads', () => {
  const { store } = make();
  store.received(message('Ben', 'all'));
  store.received(direct('Ben', 'you'));
  assert.deepEqual(store.listThreads().map((thread) => [thread.key, thread.last.text]), [['everyone', 'all'], ['@ben', 'you']]);
});

test('unread counts what is not open, and what arrives while nobody looks', () => {
  const { store } = make();
  store.received(message('Ben', 'seen'));
  store.received(direct('Ben', 'one'));
  assert.equal(store.unread, 1);
  store.watch(false);
  store.received(message('Ben', 'unseen'));
  assert.equal(store.unread, 2);
  store.watch(true);
  assert.equal(store.unread, 1);
  store.open('@ben');
  assert.equal(store.unread, 0);
  assert.equal(store.threads.get('@ben').firstUnread, store.threads.get('@ben').messages[0].key);
});

test('what arrives below what is read counts as unread until the end is reached', () => {
  const { store } = make();
  const everyone = store.threads.get(EVERYONE);
  store.received(message('Ben', 'read'));
  store.reach(false);
  store.received(message('Ben', 'below'));
  store.received(message('Ben', 'below, too'));
  assert.equal(everyone.unread, 2);
  assert.equal(everyone.firstUnread, everyone.messages[1].key);
  store.watch(false);
  store.watch(true);
  assert.equal(store.unread, 2);
  store.reach(true);
  assert.equal(store.unread, 0);
});

test('what the host says to everyone stands on top, but not what was said before one came', () => {
  const { store } = make();
  const announced = (text, more = {}) => message('server', { text }, { from: 'server', ...more });
  const shown = () => store.leading.pinned.shown?.text;
  store.received(announced('before', { replayed: true }));
  store.received(message('server', { score: 1 }, { from: 'server' }));
  store.received(announced('only you', { type: 'direct', to: 'Ana' }));
  assert.equal(shown(), undefined);
  store.received(announced('Book, page 42'));
  assert.equal(shown(), 'Book, page 42');
  store.received(announced('while away', { replayed: true }), '', true);
  assert.equal(shown(), 'while away');
  store.reset({ id: 'u-Ben', username: 'Ben' });
  assert.equal(shown(), undefined);
});

test('a search leaves everyone in the list, and whom it names', () => {
  const { store } = make();
  store.received(direct('Ben', 'hi'));
  store.received(direct('Chiara', 'hi'));
  assert.deepEqual(store.findThreads('BE').map(({ key }) => key), [EVERYONE, '@ben']);
  assert.deepEqual(store.findThreads('nobody').map(({ key }) => key), [EVERYONE]);
});

test('one’s own words from another tab are one’s own, not news', () => {
  const { store, heard } = make();
  store.watch(false);
  store.received(message('ana', 'from my phone', { from: 'c-other' }));
  assert.equal(store.threads.get(EVERYONE).last.isMine, true);
  assert.equal(store.unread, 0);
  assert.equal(heard.length, 0);
});

test('an announcement is the host’s only if it comes from the server itself', () => {
  const { store } = make();
  store.received(message('server', 'from the host', { from: 'server' }));
  store.received(message('server', 'an impostor', { from: 'c9' }));
  store.received(message('server', 'only to you', { from: 'server', type: 'direct', to: 'Ana' }));
  assert.deepEqual(store.threads.get(EVERYONE).messages.map((one) => [one.kind, one.isDirect]), [['announcement', false], ['said', false], ['announcement', true]]);
});

test('content of any kind is shown as text', () => {
  const { store } = make();
  for (const content of ['a', { text: 'b', more: 1 }, { x: [1, 2] }, 7, null, false, ['c'], { text: 1 }]) store.received(message('Ben', content));
  assert.deepEqual(
    store.threads.get(EVERYONE).messages.map((one) => [one.text, one.isData]),
    [['a', false], ['b', false], ['{"x":[1,2]}', true], ['7', true], ['null', true], ['false', true], ['["c"]', true], ['{"text":1}', true]],
  );
});

test('people are grouped by user, sorted, and found by some of their letters', () => {
  const { store } = make();
  const users = [['Zoë', 'u3'], ['Ben', 'u2'], ['ben', 'u2'], ['Ana', 'u-Ana']].map(([username, userId], index) => ({ id: `c${index}`, username, userId }));
  store.peopleChanged({ users, timestamp: TIME });
  assert.deepEqual(store.people.list.map((one) => [one.name, one.connections]), [['Ana', 1], ['Ben', 2], ['Zoë', 1]]);
  assert.deepEqual(store.people.find('E', store.myKey).map((one) => one.name), ['Ben']);
  assert.equal(store.people.find('', '@zoë')[0].name, 'Zoë');
});

test('an own message goes from its way to delivered', () => {
  const { store } = make();
  store.addOwn({ id: 'x', thread: { key: '@ben', name: 'Ben' }, to: 'u2', text: 'hi', state: 'queued', reason: null });
  const [one] = store.threads.get('@ben').messages;
  store.updateOwn({ id: 'x', state: 'sending' });
  store.updateOwn({ id: 'x', state: 'done' }, { recipients: 2, timestamp: TIME });
  assert.deepEqual([one.delivery.state, one.delivery.recipients, one.atMs], ['done', 2, Date.parse(TIME)]);
});

test('days and groups begin where they should', () => {
  const { store } = make();
  const at = (name, timestamp) => store.received(message(name, 'x', { timestamp }));
  at('Ben', '2026-01-30T12:00:00.000Z');
  at('Ben', '2026-01-30T12:01:00.000Z');
  at('Ben', '2026-01-30T12:10:00.000Z');
  at('Cem', '2026-01-30T12:10:01.000Z');
  at('Cem', '2026-02-02T12:00:00.000Z');
  const { messages } = store.threads.get(EVERYONE);
  assert.deepEqual(messages.map((one) => one.startsDay), [true, false, false, false, true]);
  assert.deepEqual(messages.map((one) => one.startsGroup), [true, false, true, true, true]);
});

test('memory is bounded, and what is on its way is never dropped', () => {
  const { store } = make();
  store.addOwn({ id: 'x', thread: { key: EVERYONE, name: '' }, to: null, text: 'mine', state: 'failed', reason: null });
  for (let index = 0; index <= MAX_MESSAGES; index += 1) store.received(message('Ben', `${index}`));
  const thread = store.threads.get(EVERYONE);
  assert.ok(thread.messages.length <= MAX_MESSAGES);
  assert.equal(thread.hasDropped, true);
  assert.equal(thread.messages[0].text, 'mine');
});
