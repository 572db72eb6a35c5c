import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_CHARS, MOST_MESSAGES, Memory, merge } from '../../../resources/web/memory.js';
import { FakeDatabase, FakeStorage, FakeTimers } from './fakes.mjs';

const tick = () => new Promise((done) => setImmediate(done));
const message = (id, atMs, text = 'x') => ({ id, kind: 'said', author: 'Ben', text, atMs, untilMs: null, delivery: null });
const thread = (messages) => ({ key: 'everyone', name: '', unread: 2, messages });

async function make(database = new FakeDatabase()) {
  const timers = new FakeTimers();
  const storage = new FakeStorage();
  const memory = new Memory({ database, storage, timers });
  await memory.load('u1');
  return { memory, database, storage, timers, kept: () => database.values.get('u1 everyone') };
}

test('the last messages are kept, what is on its way is not', async () => {
  const { memory, kept } = await make();
  const many = Array.from({ length: MOST_MESSAGES + 20 }, (_, index) => message(`${index}`, index));
  memory.keep(thread([...many, message(null, 9_999)]));
  await tick();
  assert.equal(kept().messages.length, MOST_MESSAGES - 1);
  assert.equal(kept().messages.at(-1).id, `${MOST_MESSAGES + 19}`);
  assert.equal(kept().unread, 2);
});

test('few long messages fill the memory, the latest stay', async () => {
  const { memory, kept } = await make();
  memory.keep(thread([message('1', 1, 'x'.repeat(MOST_CHARS)), message('2', 2, 'y'), message('3', 3, 'z')]));
  await tick();
  assert.deepEqual(kept().messages.map(({ id }) => id), ['2', '3']);
});

test('a flood is few writes', async () => {
  const { memory, database, timers, kept } = await make();
  const messages = [];
  for (let number = 0; number < 1_000; number += 1) {
    messages.push(message(`${number}`, number));
    memory.keep(thread(messages));
  }
  await tick();
  timers.advance(200);
  await tick();
  assert.equal(database.writes, 2);
  assert.equal(kept().messages.at(-1).id, '999');
});

test('two pages keep what either of them heard, in order and once', () => {
  const ids = (messages) => messages.map(({ id }) => id);
  assert.deepEqual(ids(merge([message('1', 1), message('2', 2)], [message('2', 2), message('3', 3)])), ['1', '2', '3']);
  assert.deepEqual(ids(merge([message('2', 2)], [message('1', 1), message('3', 3)])), ['1', '2', '3']);
});

test('until when all is kept is told by what was written', async () => {
  const { memory, timers } = await make();
  assert.equal(memory.heardMs, null);
  memory.heard(50);
  assert.equal(memory.heardMs, 50);
  memory.keep(thread([message('1', 60)]));
  memory.heard(70);
  assert.equal(memory.heardMs, 50);
  await tick();
  timers.advance(200);
  await tick();
  memory.heard(70);
  assert.equal(memory.heardMs, 70);
});

test('a browser without a database keeps nothing, and says nothing', async () => {
  const refuse = async () => {
    throw new Error('SecurityError');
  };
  const { memory, timers } = await make({ entries: refuse, keys: refuse, update: refuse, delMany: refuse });
  assert.deepEqual(await memory.load('u1'), []);
  memory.keep(thread([message('1', 1)]));
  await tick();
  timers.advance(200);
  await memory.forget();
});
