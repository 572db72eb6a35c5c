import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../../resources/web/outbox.js';

const thread = { key: 'everyone', name: '' };

function make(stored = []) {
  const storage = { saved: stored, load: () => storage.saved, save: (entries) => (storage.saved = structuredClone(entries)) };
  let number = 0;
  const outbox = new Outbox({ storage, newId: () => `id${++number}`, onChange: () => {} });
  const send = (nowMs = 0) => {
    const entry = outbox.next(nowMs);
    if (entry) outbox.markSending(entry, nowMs);
    return entry;
  };
  return { outbox, storage, send };
}

test('messages leave in their order', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  outbox.add(thread, 'u2', 'b');
  assert.deepEqual(Outbox.frameOf(send()), { type: 'message', content: 'a', messageId: 'id1' });
  assert.equal(outbox.next(0), null);
  outbox.confirmEcho('a');
  assert.deepEqual(Outbox.frameOf(send()), { type: 'direct', content: 'b', messageId: 'id2', to: 'u2', receipt: true });
  outbox.confirmDelivered('id2');
  assert.equal(outbox.next(0), null);
});

test('what was confirmed is forgotten, everywhere', () => {
  const { outbox, storage, send } = make();
  outbox.add(thread, null, 'a');
  send();
  assert.equal(outbox.confirmEcho('other'), null);
  assert.equal(outbox.confirmEcho('a').id, 'id1');
  assert.deepEqual(storage.saved, []);
});

test('only an echo with the words that are under way confirms them', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  outbox.add(thread, null, 'b');
  assert.equal(outbox.confirmEcho('a'), null);
  send();
  assert.equal(outbox.confirmEcho('b'), null);
  assert.equal(outbox.confirmEcho('a').id, 'id1');
});

test('what was under way when the connection ended is sent again, in order', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  outbox.add(thread, null, 'b');
  send();
  outbox.connectionLost(false);
  assert.equal(send().text, 'a');
  outbox.confirmEcho('a');
  assert.equal(send().text, 'b');
});

test('a frame that was too large fails and is not sent again', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a very long one');
  outbox.add(thread, null, 'short');
  send();
  outbox.connectionLost(true);
  assert.deepEqual(outbox.entries.map((entry) => entry.state), ['failed', 'queued']);
});

test('a refused message stays until the person decides', () => {
  const { outbox, send } = make();
  outbox.add(thread, 'u2', 'a');
  send();
  outbox.fail('id1', { key: 'failedAbsent' });
  assert.equal(outbox.next(0), null);
  outbox.retry('id1');
  assert.equal(send().text, 'a');
  outbox.fail('id1', { key: 'failedAbsent' });
  outbox.discard('id1');
  assert.deepEqual(outbox.entries, []);
});

test('a refusal that names no message is about the one under way, one that names another about none', () => {
  const { outbox, send } = make();
  outbox.fail(undefined, { text: 'no' });
  outbox.add(thread, null, 'a');
  outbox.add(thread, null, 'b');
  send();
  outbox.fail('id2', { text: 'no' });
  outbox.fail(undefined, { text: 'no' });
  assert.deepEqual(outbox.entries.map((entry) => entry.state), ['failed', 'queued']);
});

test('over the rate, all that was written waits until the server takes it again, in its order', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  send();
  outbox.hold('id1', 500);
  outbox.add(thread, null, 'b');
  outbox.retry('id1');
  assert.equal(send(499), null);
  assert.equal(send(500).text, 'a');
  outbox.confirmEcho('a');
  assert.equal(send(500).text, 'b');
});

test('after a refusal for the rate, the pace is the server’s until all is sent', () => {
  const { outbox, send } = make();
  for (const text of ['a', 'b', 'c', 'd']) outbox.add(thread, null, text);
  send(0);
  outbox.confirmEcho('a');
  send(10);
  outbox.hold('id2', 1_000);
  assert.equal(send(1_000).text, 'b');
  outbox.confirmEcho('b');
  assert.equal(send(2_049), null);
  assert.equal(send(2_050).text, 'c');
  outbox.confirmEcho('c');
  assert.equal(send(3_100).text, 'd');
  outbox.confirmEcho('d');
  outbox.add(thread, null, 'later');
  assert.equal(outbox.paceMs, 0);
});

test('a reload keeps what was not confirmed', () => {
  const { storage, outbox, send } = make();
  outbox.add(thread, 'u2', 'b');
  outbox.add(thread, null, 'a');
  send();
  outbox.fail('id1', { text: 'no' });
  send();
  const { outbox: next } = make(storage.saved);
  assert.deepEqual(next.restore().map((entry) => [entry.text, entry.state]), [['b', 'failed'], ['a', 'queued']]);
});

test('data goes out as it was written, and is known when it comes back', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, '{"n": 1.0}', true);
  const entry = send();
  assert.equal(entry.isData, true);
  assert.equal(outbox.confirmEcho({ n: 2 }), null);
  assert.equal(outbox.confirmEcho({ n: 1 }), entry);
});

test('what arrived before the connection ended is found among what is replayed', () => {
  const { outbox, send } = make();
  outbox.add(thread, null, 'a');
  outbox.markSending(send(), 0, 'c1');
  outbox.connectionLost(false);
  const replayed = { type: 'message', from: 'c1', content: 'a' };
  for (const other of [{ from: 'c2' }, { content: 'b' }, { type: 'direct' }]) assert.equal(outbox.confirmReplayed({ ...replayed, ...other }), null);
  assert.equal(outbox.confirmReplayed(replayed).id, 'id1');
  assert.equal(outbox.next(0), null);
});

test('after a reload it is known on which connection something may still arrive', () => {
  const { storage, outbox, send } = make();
  outbox.add(thread, null, 'not sent yet');
  assert.equal(outbox.doubtfulConnection, undefined);
  outbox.markSending(send(), 0, 'c1');
  const { outbox: next } = make(storage.saved);
  next.restore();
  assert.equal(next.doubtfulConnection, 'c1');
});
