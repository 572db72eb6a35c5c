import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, WINDOW } from '../../../resources/web/outbox.js';

const thread = { key: 'everyone', name: '' };

function make(stored = []) {
  const storage = { saved: stored, load: () => storage.saved, save: (entries) => (storage.saved = structuredClone(entries)) };
  let number = 0;
  const outbox = new Outbox({ storage, newId: () => `id${++number}`, onChange: () => {} });
  const send = () => {
    const entry = outbox.next();
    outbox.markSending(entry);
    return entry;
  };
  return { outbox, storage, send };
}

test('messages leave in their order', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  outbox.add(thread, 'u2', 'b');
  assert.deepEqual(Outbox.frameOf(send()), { type: 'message', content: 'a', messageId: 'id1' });
  assert.deepEqual(Outbox.frameOf(send()), { type: 'direct', content: 'b', messageId: 'id2', to: 'u2' });
  assert.equal(outbox.next(), null);
});

test('what was confirmed is forgotten, everywhere', () => {
  const { outbox, storage, send } = make();
  outbox.add(thread, null, 'a');
  send();
  assert.equal(outbox.confirmEcho('other'), null);
  assert.equal(outbox.confirmEcho('a').id, 'id1');
  assert.deepEqual(storage.saved, []);
});

test('an echo confirms the oldest message under way with these words', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  outbox.add(thread, null, 'a');
  send();
  send();
  assert.equal(outbox.confirmEcho('a').id, 'id1');
  assert.equal(outbox.confirmEcho('a').id, 'id2');
});

test('what was under way when the connection ended is sent again, in order', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  outbox.add(thread, null, 'b');
  send();
  outbox.connectionLost(false);
  assert.equal(send().text, 'a');
  assert.equal(send().text, 'b');
});

test('a frame that was too large fails and is not sent again', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'short');
  outbox.add(thread, null, 'a very long one');
  send();
  send();
  outbox.connectionLost(true);
  assert.deepEqual(outbox.entries.map((entry) => entry.state), ['queued', 'failed']);
});

test('a refused message stays until the person decides', () => {
  const { outbox, send } = make();
  outbox.add(thread, 'u2', 'a');
  send();
  outbox.fail('id1', { key: 'failedAbsent' });
  assert.equal(outbox.next(), null);
  outbox.retry('id1');
  assert.equal(outbox.next().text, 'a');
  outbox.fail('id1', { key: 'failedAbsent' });
  outbox.discard('id1');
  assert.deepEqual(outbox.entries, []);
});

test('a message dropped for its rate waits again', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  send();
  outbox.requeue('id1');
  assert.equal(outbox.next().id, 'id1');
});

test('few messages are under way at a time', () => {
  const { outbox, send } = make();
  for (let number = 0; number < WINDOW + 1; number += 1) outbox.add(thread, null, `${number}`);
  for (let number = 0; number < WINDOW; number += 1) send();
  assert.equal(outbox.next(), null);
  outbox.confirmEcho('0');
  assert.equal(outbox.next().text, `${WINDOW}`);
});

test('a reload keeps what was not confirmed', () => {
  const { storage, outbox, send } = make();
  outbox.add(thread, null, 'a');
  outbox.add(thread, 'u2', 'b');
  send();
  send();
  outbox.fail('id2', { text: 'no' });
  const { outbox: next } = make(storage.saved);
  assert.deepEqual(next.restore().map((entry) => [entry.text, entry.state]), [['a', 'queued'], ['b', 'failed']]);
});
