import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, planFor } from '../../../resources/web/closing.js';
import { ANSWER_TIMEOUT_MS, Connection, OPEN_TIMEOUT_MS, STABLE_MS } from '../../../resources/web/socket.js';
import { FakeSocket, FakeTimers, authenticated } from './fakes.mjs';

function make() {
  const timers = new FakeTimers();
  const sockets = [];
  const closings = [];
  const frames = [];
  const connection = new Connection({
    open: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1);
    },
    app: 'test', timers, random: () => 1, onState: () => {},
    onFrame: (frame) => frames.push(frame),
    onClosed: (plan, code) => closings.push([plan.next, code]),
  });
  const goOnline = () => {
    sockets.at(-1).opens();
    sockets.at(-1).hears(authenticated());
  };
  return { timers, sockets, closings, frames, connection, goOnline, state: () => connection.state.name };
}

test('it authenticates first and is online once accepted', () => {
  const { connection, sockets, state } = make();
  connection.start('T');
  assert.equal(state(), 'connecting');
  assert.equal(connection.send({}), false);
  sockets[0].opens();
  assert.deepEqual(sockets[0].last, { type: 'authenticate', token: 'T', app: 'test' });
  assert.equal(connection.send({}), false);
  sockets[0].hears(authenticated());
  assert.equal(state(), 'online');
  assert.equal(connection.send({ type: 'message' }), true);
});

for (const [code, name] of [[1000, 'waiting'], [1001, 'waiting'], [1006, 'waiting'], [1009, 'waiting'], [1011, 'waiting'],
  [4001, 'waiting'], [4003, 'ended'], [4004, 'ended'], [4005, 'waiting'], [4006, 'ended'], [4008, 'waiting'],
  [4009, 'waiting'], [4010, 'ended']]) {
  test(`close code ${code} leads to ${name}`, () => {
    const { connection, sockets, goOnline, timers, state } = make();
    connection.start('T');
    goOnline();
    sockets[0].ends(code);
    assert.equal(state(), name);
    timers.advance(60_000);
    assert.equal(sockets.length > 1, name === 'waiting');
  });
}

test('waits grow, with jitter, to eight seconds at most', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoffMs(attempt, () => 1)), [1000, 2000, 4000, 8000, 8000, 8000, 8000]);
  assert.equal(backoffMs(3, () => 0), 4000);
});

test('a stable connection starts the waits anew, a short one does not', () => {
  const { connection, sockets, goOnline, timers } = make();
  const waitMs = () => connection.state.retryAtMs - timers.now();
  connection.start('T');
  goOnline();
  sockets.at(-1).ends(1006);
  assert.equal(waitMs(), 1000);
  timers.advance(1000);
  goOnline();
  sockets.at(-1).ends(1006);
  assert.equal(waitMs(), 2000);
  timers.advance(2000);
  goOnline();
  timers.advance(STABLE_MS);
  sockets.at(-1).ends(1006);
  assert.equal(waitMs(), 1000);
});

test('an end by the host is followed by a pause that waking does not shorten', () => {
  const { connection, sockets, goOnline } = make();
  connection.start('T');
  goOnline();
  sockets[0].ends(4005);
  connection.wake();
  assert.equal(sockets.length, 1);
});

test('waking ends a wait', () => {
  const { connection, sockets, goOnline, state } = make();
  connection.start('T');
  goOnline();
  sockets[0].ends(1006);
  connection.wake();
  assert.equal(sockets.length, 2);
  assert.equal(state(), 'connecting');
});

test('waking asks an open connection for a sign of life, and holds messages until it came', () => {
  const { connection, sockets, goOnline, state } = make();
  connection.start('T');
  goOnline();
  connection.wake();
  assert.equal(state(), 'checking');
  assert.equal(connection.send({}), false);
  assert.equal(sockets[0].last.type, 'authenticate');
  sockets[0].hears(authenticated());
  assert.equal(state(), 'online');
});

test('a connection that is silent after a message, and after a question, is given up', () => {
  const { connection, goOnline, timers, state } = make();
  connection.start('T');
  goOnline();
  connection.send({ type: 'message' });
  timers.advance(ANSWER_TIMEOUT_MS);
  assert.equal(state(), 'checking');
  timers.advance(ANSWER_TIMEOUT_MS);
  assert.equal(state(), 'waiting');
});

test('any frame shows that the connection is alive', () => {
  const { connection, sockets, goOnline, timers, state } = make();
  connection.start('T');
  goOnline();
  connection.send({ type: 'message' });
  sockets[0].hears({ type: 'user_list', users: [] });
  timers.advance(60_000);
  assert.equal(state(), 'online');
});

test('a handshake that hangs is given up', () => {
  const { connection, timers, state } = make();
  connection.start('T');
  timers.advance(OPEN_TIMEOUT_MS);
  assert.equal(state(), 'waiting');
});

test('a refused token leads to the login', () => {
  const { connection, sockets, closings, state } = make();
  connection.start('T');
  sockets[0].opens();
  sockets[0].hears({ type: 'error', code: 'AUTH_ERROR', reason: 'expired' });
  assert.equal(state(), 'ended');
  assert.equal(connection.state.notice, 'endedExpired');
  assert.deepEqual(closings, [['login', 0]]);
});

test('a late event of an old socket changes nothing', () => {
  const { connection, sockets, goOnline, state } = make();
  connection.start('T');
  const old = sockets[0];
  connection.start('U');
  assert.equal(old.onclose, null);
  goOnline();
  assert.equal(state(), 'online');
});

test('nonsense from the server is ignored', () => {
  const { connection, sockets, goOnline, state } = make();
  connection.start('T');
  goOnline();
  sockets[0].onmessage({ data: 'not json' });
  sockets[0].onmessage({ data: 'null' });
  assert.equal(state(), 'online');
});

test('why the last connection ended is said until the next one stands', () => {
  const { connection, sockets, goOnline, timers } = make();
  connection.start('T');
  goOnline();
  sockets.at(-1).ends(1001);
  timers.advance(1000);
  sockets.at(-1).ends(1006);
  assert.equal(connection.state.notice, 'statusStopped');
});

test('unknown codes are retried', () => {
  assert.equal(planFor(4999).next, 'retry');
});
