import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection, LONGEST_WAIT_MS } from '../../../resources/web/connection.js';
import { FakeTimers, authenticated, socketsInto } from './fakes.mjs';

function make() {
  const timers = new FakeTimers();
  const [sockets, closings, texts] = [[], [], []];
  const connection = new Connection({
    url: 'http://host', WebSocket: socketsInto(sockets), wishes: () => ({ app: 'test' }), timers, random: () => 1,
    onState: () => {}, onToken: () => {}, onFrame: (frame, text) => texts.push(text), onClosed: ({ next, code }) => closings.push([next, code]),
  });
  const goOnline = () => {
    sockets.at(-1).opens();
    sockets.at(-1).hears(authenticated());
  };
  connection.start('T');
  return { timers, sockets, closings, texts, connection, goOnline, state: () => connection.state.name };
}

test('a late event of an old socket changes nothing, nor does the end of an old login', () => {
  const { connection, sockets, goOnline, state, closings } = make();
  const old = sockets[0];
  connection.start('U');
  assert.equal(old.onclose, null);
  goOnline();
  assert.equal(state(), 'online');
  assert.equal(sockets.at(-1).last.token, 'U');
  assert.deepEqual(closings, []);
});

test('tries are never further apart than everybody’s return after a restart takes', () => {
  const { sockets, timers, connection } = make();
  for (let attempt = 0; attempt < 10; attempt += 1) {
    sockets.at(-1).ends(1006);
    timers.advance(connection.state.retryAtMs - timers.now());
  }
  sockets.at(-1).ends(1006);
  assert.equal(connection.state.retryAtMs - timers.now(), LONGEST_WAIT_MS);
});

test('why the last connection ended is said until the next one stands', () => {
  const { sockets, goOnline, timers, connection } = make();
  goOnline();
  assert.equal(connection.state.notice, null);
  sockets.at(-1).ends(1001);
  timers.advance(1000);
  sockets.at(-1).ends(1006);
  assert.equal(connection.state.notice, 'statusStopped');
  timers.advance(2000);
  goOnline();
  assert.equal(connection.state.notice, null);
});

test('a refused token is told in words', () => {
  const { sockets, closings, connection, state } = make();
  sockets[0].opens();
  sockets[0].hears({ type: 'error', code: 'AUTH_ERROR', reason: 'expired' });
  assert.deepEqual([state(), connection.state.notice, closings], ['ended', 'endedExpired', [['login', 0]]]);
});

test('nobody asks for a sign of life while nobody looks, also after another login', () => {
  const { connection, sockets, goOnline, timers } = make();
  connection.watch(false);
  connection.start('U');
  goOnline();
  timers.advance(600_000);
  assert.equal(sockets.at(-1).sent.length, 1);
});

test('JSON goes out, and comes in, as it was written', () => {
  const { connection, sockets, texts, goOnline } = make();
  const sent = [];
  goOnline();
  sockets[0].send = (text) => sent.push(text);
  connection.send({ type: 'message', content: 'words', messageId: 'm' }, '{"n":1.0,"big":12345678901234567890}');
  assert.deepEqual(sent, ['{"type":"message","messageId":"m","content":{"n":1.0,"big":12345678901234567890}}']);
  sockets[0].onmessage({ data: '{"type":"message","content":1.0}' });
  assert.equal(texts.at(-1), '{"type":"message","content":1.0}');
  connection.stop();
  assert.equal(connection.send({ type: 'message' }), false);
});
