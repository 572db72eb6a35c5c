import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arraySources } from '../../../resources/web/json-source.js';
import { Memory } from '../../../resources/web/memory.js';
import { Recovery } from '../../../resources/web/recovery.js';
import { ServerClock } from '../../../resources/web/server-clock.js';
import { Store } from '../../../resources/web/store.js';
import { EVERYONE } from '../../../resources/web/threads.js';
import { FakeDatabase, FakeStorage, FakeTimers, TIME, authenticated } from './fakes.mjs';

const tick = () => new Promise((done) => setImmediate(done));
const FEATURES = ['presence', 'history', 'recovery', 'inbox', 'ack', 'echo', 'accepted', 'replaces'];
const at = (minute) => `2026-01-31T12:${String(minute).padStart(2, '0')}:00.000Z`;
const said = (id, minute, more = {}) => ({ type: 'message', from: 'c-Ben', username: 'Ben', content: `words ${id}`, timestamp: at(minute), id, ...more });

async function make({ features = FEATURES, database = new FakeDatabase(), storage = new FakeStorage() } = {}) {
  const timers = new FakeTimers();
  const memory = new Memory({ database, storage, timers });
  const store = new Store({ clock: new ServerClock(timers.now), onChange: () => {}, onHeard: () => {}, onKept: (thread) => memory.keep(thread) });
  const sent = [];
  let number = 0;
  let caughtUp = 0;
  const recovery = new Recovery({
    store, memory, newId: () => `h${++number}`, onCaughtUp: () => { caughtUp += 1; },
    send: (frame) => Boolean(sent.push(structuredClone(frame))),
  });
  memory.onWritten = (id) => recovery.written(id);
  store.reset({ id: 'u-Ana', username: 'Ana' });
  await memory.load('u-Ana');
  recovery.begin();
  store.past.remember([], null);
  const login = (answer = {}, clientId = 'c1') => {
    const frame = { ...authenticated(clientId), ...answer };
    recovery.onConnected({ features });
    store.authenticated(frame);
    recovery.onAuthenticated(frame);
  };
  const hear = (frame) => {
    recovery.heard(frame);
    if (!store.isRepeated(frame)) store.received(frame, JSON.stringify(frame));
  };
  const page = (messages, more) => {
    const frame = { type: 'history', messages: messages.map((one) => ({ ...one, replayed: true })), more, messageId: sent.at(-1).messageId };
    recovery.onPage(frame, JSON.stringify(frame));
  };
  const leave = (minute) => {
    recovery.lost();
    store.past.lost(Date.parse(at(minute)));
  };
  const shown = (key = EVERYONE) => store.threads.get(key).messages.map(({ kind, id }) => (kind === 'gap' ? 'gap' : id));
  const people = () => {
    store.peopleChanged({ users: [], timestamp: TIME });
    recovery.onPeople();
  };
  return { recovery, store, memory, storage, database, sent, login, hear, page, leave, shown, people, caughtUp: () => caughtUp };
}

test('what was missed is there, once and in order, without a line', async () => {
  const { recovery, login, hear, leave, shown, people, caughtUp } = await make();
  assert.equal(recovery.wishes().since, 'start');
  assert.equal(recovery.wishes('of the load before').replaces, 'of the load before');
  login({ recovered: true, last: 's-0' });
  people();
  hear(said('s-1', 1));
  leave(2);
  assert.equal(recovery.wishes().since, 's-1');
  assert.equal(recovery.wishes('an older one').replaces, 'c1');
  login({ recovered: true, last: 's-3' }, 'c2');
  assert.equal(recovery.isCatchingUp, true);
  for (const id of ['s-1', 's-2', 's-3', 's-3']) hear(said(id, 3, { replayed: true }));
  people();
  hear(said('s-4', 5));
  assert.deepEqual(shown(), ['s-1', 's-2', 's-3', 's-4']);
  assert.deepEqual([recovery.isCatchingUp, caughtUp()], [false, 2]);
});

test('who has received nothing goes on from the newest that there was', async () => {
  const { recovery, login, people, leave, hear } = await make();
  login({ recovered: true, last: 's-7' });
  assert.equal(recovery.wishes().since, 'start');
  people();
  assert.equal(recovery.wishes().since, 's-7');
  leave(1);
  login({ recovered: true, last: 's-9' }, 'c2');
  hear(said('s-8', 2, { replayed: true }));
  // Cut off: the ninth is still to come.
  leave(3);
  assert.equal(recovery.wishes().since, 's-8');
});

test('what stays on top and comes again is no step back', async () => {
  const { recovery, login, people, hear } = await make();
  login({ recovered: true, last: 's-9' });
  hear(said('s-9', 9, { replayed: true }));
  people();
  hear(said('s-2', 2, { replayed: true, pinned: true }));
  assert.equal(recovery.lastId, 's-9');
});

test('a server that keeps nothing leaves the line, and its ids mean nothing later', async () => {
  const { recovery, login, hear, leave, shown, sent } = await make({ features: ['presence'] });
  login();
  hear(said('1', 1));
  leave(2);
  login({ timestamp: at(5) }, 'c2');
  hear(said('1', 6));
  assert.deepEqual(shown(), ['1', 'gap', '1']);
  assert.equal(recovery.wishes().since, 'start');
  assert.deepEqual(sent, []);
});

test('direct conversations have the line, too', async () => {
  const { login, hear, leave, shown } = await make({ features: ['presence'] });
  login();
  hear(said('1', 1, { type: 'direct', to: 'Ana' }));
  leave(2);
  login({ timestamp: at(5) }, 'c2');
  assert.deepEqual(shown('@ben'), ['1', 'gap']);
});

test('a gap that is too old is filled from older pages, and its line goes where nothing is missing', async () => {
  const { login, hear, leave, shown, page, sent, people } = await make();
  login({ recovered: true, last: 's-0' });
  people();
  hear(said('s-1', 1));
  leave(2);
  login({ recovered: false, last: 's-5', timestamp: at(10) }, 'c2');
  hear(said('s-6', 11));
  assert.deepEqual(shown(), ['s-1', 'gap', 's-6']);
  page([said('s-4', 4), said('s-5', 5), said('s-6', 11)], true);
  assert.deepEqual(shown(), ['s-1', 'gap', 's-4', 's-5', 's-6']);
  assert.equal(sent.at(-1).before, 's-4');
  page([said('s-1', 1), said('s-2', 2), said('s-3', 3)], true);
  assert.deepEqual(shown(), ['s-1', 's-2', 's-3', 's-4', 's-5', 's-6']);
  assert.equal(sent.length, 2);
});

test('what the server no longer has stays a line', async () => {
  const { store, login, hear, leave, shown, page, people } = await make();
  login({ recovered: true, last: 's-0' });
  people();
  hear(said('s-1', 1));
  leave(2);
  login({ recovered: false, last: 's-5', timestamp: at(10) }, 'c2');
  page([said('s-4', 4)], false);
  assert.deepEqual(shown(), ['s-1', 'gap', 's-4']);
  assert.equal(store.everyone.messages[1].untilMs, Date.parse(at(4)));
});

test('older messages come a page at a time, before the first, until there are none', async () => {
  const { recovery, store, login, hear, people, shown, page, sent } = await make();
  login({ recovered: true, last: 's-8' });
  people();
  hear(said('s-9', 9));
  recovery.older(store.everyone);
  recovery.older(store.everyone);
  assert.deepEqual(sent.map(({ type, before }) => [type, before]), [['history', 's-9']]);
  page([said('s-7', 9), said('s-8', 9)], true);
  recovery.older(store.everyone);
  page([said('s-6', 6)], false);
  recovery.older(store.everyone);
  assert.deepEqual(shown(), ['s-6', 's-7', 's-8', 's-9']);
  assert.equal(sent.length, 2);
});

test('a page that is refused is asked for again when somebody looks, but for ids of another server', async () => {
  const { recovery, store, login, hear, sent } = await make();
  login({ recovered: true, last: 's-8' });
  hear(said('s-9', 9));
  for (const [code, count] of [['UNAVAILABLE', 1], ['INVALID_MESSAGE', 2], ['none', 2]]) {
    recovery.older(store.everyone);
    assert.equal(sent.length, count);
    assert.equal(recovery.onError({ code, messageId: 'of a message' }), false);
    assert.equal(recovery.onError({ code, messageId: sent.at(-1).messageId }), code !== 'none');
  }
});

test('directs are acknowledged once they are kept, those of one’s own other device are not', async () => {
  const { login, hear, sent, shown } = await make();
  login({ recovered: true, last: 's-1' });
  hear(said('s-2', 2, { type: 'direct', to: 'Ben', username: 'Ana', echo: true }));
  await tick();
  assert.deepEqual(sent, []);
  assert.deepEqual(shown('@ben'), ['s-2']);
});

test('the acknowledgement names the last that is kept', async () => {
  const { login, hear, sent } = await make();
  login({ recovered: true, last: 's-1' });
  hear(said('s-2', 2, { type: 'direct', to: 'Ana' }));
  assert.deepEqual(sent, []);
  await tick();
  assert.deepEqual(sent, [{ type: 'ack', id: 's-2' }]);
});

test('after a reload it goes on from what is kept, after a log-out from the start', async () => {
  const database = new FakeDatabase();
  const storage = new FakeStorage();
  const first = await make({ database, storage });
  first.login({ recovered: true, last: 's-1' });
  first.hear(said('s-2', 2));
  await tick();
  const second = await make({ database, storage });
  assert.equal(second.recovery.wishes().since, 's-2');
  await second.memory.forget();
  assert.equal((await make({ database, storage })).recovery.wishes().since, 'start');
});

test('where nothing can be kept, all is asked for again, and directs count as arrived', async () => {
  const database = new FakeDatabase();
  const storage = new FakeStorage();
  database.update = async () => {
    throw new Error('QuotaExceededError');
  };
  const { login, hear, memory, sent } = await make({ database, storage });
  login({ recovered: true, last: 's-1' });
  hear(said('s-2', 2, { type: 'direct', to: 'Ana' }));
  await tick();
  memory.heard(1);
  assert.equal(memory.lastId, '');
  assert.deepEqual(sent, [{ type: 'ack', id: 's-2' }]);
});

test('data on a page is shown as it was written', () => {
  assert.deepEqual(arraySources('[ {"a":[1.0,2]} , 12345678901234567890,"x,]" ]'), ['{"a":[1.0,2]}', '12345678901234567890', '"x,]"']);
  assert.deepEqual(arraySources('[]'), []);
});
