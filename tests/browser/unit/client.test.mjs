import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWER_MS, Client, OPEN_MS, PAUSE_MS, SILENCE_MS, STABLE_MS, backoffMs, nextAfterClose } from '../../../resources/web/client.js';
import { FakeTimers, authenticated, fakeFetch, socketsInto } from './fakes.mjs';

const tick = () => new Promise((done) => setImmediate(done));

function make(options = {}) {
  const timers = new FakeTimers();
  const [sockets, closings, frames] = [[], [], []];
  const client = new Client('http://host/', { token: 'T', app: 'test', WebSocket: socketsInto(sockets), timers, random: () => 1, ...options });
  client.on('frame', (frame) => frames.push(frame));
  client.on('closed', (closed) => closings.push(closed));
  client.start().catch(() => {});
  const goOnline = () => {
    sockets.at(-1).opens();
    sockets.at(-1).hears(authenticated());
  };
  return { timers, sockets, closings, frames, client, goOnline };
}

function online(options) {
  const made = make(options);
  made.goOnline();
  return made;
}

test('it authenticates first and is online once accepted', async () => {
  const { client, sockets } = make();
  assert.equal(client.state, 'connecting');
  assert.equal(sockets[0].url, 'ws://host/ws');
  assert.equal(client.frame({}), false);
  sockets[0].opens();
  assert.deepEqual(sockets[0].last, { type: 'authenticate', token: 'T', app: 'test' });
  assert.equal(client.frame({}), false);
  sockets[0].hears(authenticated());
  await client.until('online');
  assert.equal(client.frame({ type: 'message' }), true);
});

test('wishes go with each token, over what it would ask for itself', () => {
  let since = 'start';
  const { client, sockets } = online({ wishes: () => ({ since, ack: true }) });
  assert.deepEqual(sockets[0].last, { type: 'authenticate', token: 'T', app: 'test', since: 'start', ack: true });
  since = '7';
  client.renew('U');
  assert.deepEqual(sockets[0].last, { type: 'authenticate', token: 'U', app: 'test', since: '7', replaces: 'c1', ack: true });
});

for (const [code, name] of [[1000, 'waiting'], [1001, 'waiting'], [1006, 'waiting'], [1009, 'waiting'], [1011, 'waiting'],
  [4001, 'waiting'], [4003, 'ended'], [4004, 'ended'], [4005, 'waiting'], [4006, 'ended'], [4008, 'waiting'],
  [4009, 'waiting'], [4010, 'ended'], [4999, 'waiting']]) {
  test(`close code ${code} leads to ${name}, where there is no new token`, () => {
    const { client, sockets, timers, closings } = online();
    sockets[0].ends(code, 'why');
    assert.equal(client.state, name);
    timers.advance(60_000);
    assert.equal(sockets.length > 1, name === 'waiting');
    const { code: told, reason, next, wasOpened, retryMs } = closings[0];
    assert.deepEqual([told, reason, next, wasOpened, retryMs === null], [code, 'why', nextAfterClose(code), true, name === 'ended']);
  });
}

test('waits grow, with jitter, to a longest one', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoffMs(attempt, () => 1)), [1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  assert.deepEqual([backoffMs(3, () => 0), backoffMs(50, () => 1, 8_000)], [4000, 8000]);
});

test('a stable connection starts the waits anew, a short one does not', () => {
  const { sockets, goOnline, timers, closings } = online();
  sockets.at(-1).ends(1006);
  timers.advance(1000);
  goOnline();
  sockets.at(-1).ends(1006);
  timers.advance(2000);
  goOnline();
  timers.advance(STABLE_MS);
  sockets.at(-1).ends(1006);
  assert.deepEqual(closings.map(({ retryMs }) => retryMs), [1000, 2000, 1000]);
});

test('an end by the host is followed by a pause that waking does not shorten', () => {
  const { client, sockets, timers } = online();
  sockets[0].ends(4005);
  client.wake();
  timers.advance(PAUSE_MS);
  assert.equal(sockets.length, 1);
  timers.advance(1_000);
  assert.equal(sockets.length, 2);
});

test('waking ends a wait, once', () => {
  const { client, sockets, timers } = online();
  sockets[0].ends(1006);
  client.wake();
  assert.equal(client.state, 'connecting');
  timers.advance(OPEN_MS - 1);
  assert.equal(sockets.length, 2);
});

test('waking asks an open connection for a sign of life, and holds messages until it came', async () => {
  const { client, sockets } = online();
  client.wake();
  assert.equal(client.state, 'checking');
  assert.equal(client.frame({}), false);
  const sending = client.send('hello');
  assert.equal(sockets[0].last.type, 'authenticate');
  sockets[0].hears(authenticated());
  assert.equal(client.state, 'online');
  sockets[0].hears({ type: 'message_accepted', messageId: sockets[0].last.messageId, id: '1', recipients: 1 });
  assert.equal((await sending).id, '1');
});

test('a connection that is silent for a while, and after a question, is given up', () => {
  const { client, timers } = online();
  timers.advance(SILENCE_MS - 1);
  assert.equal(client.state, 'online');
  timers.advance(1);
  assert.equal(client.state, 'checking');
  timers.advance(ANSWER_MS);
  assert.equal(client.state, 'waiting');
});

test('any frame shows that the connection is alive, and an answer that it still is', () => {
  const { client, sockets, timers } = online();
  timers.advance(SILENCE_MS - 1);
  sockets[0].hears({ type: 'user_list', users: [] });
  timers.advance(SILENCE_MS - 1);
  assert.equal(client.state, 'online');
  timers.advance(1);
  assert.equal(sockets[0].sent.length, 2);
  sockets[0].hears(authenticated());
  timers.advance(SILENCE_MS);
  assert.equal(sockets[0].sent.length, 3);
});

test('nobody asks while nobody looks', () => {
  const { client, sockets, timers } = online();
  client.watch(false);
  timers.advance(10 * SILENCE_MS);
  assert.equal(sockets[0].sent.length, 1);
  client.watch(true);
  timers.advance(0);
  assert.equal(sockets[0].sent.length, 2);
});

test('a handshake that hangs, and a login without an answer, are given up', () => {
  const { client, sockets, timers, closings } = make();
  timers.advance(OPEN_MS);
  assert.equal(client.state, 'waiting');
  timers.advance(1_000);
  sockets.at(-1).opens();
  timers.advance(ANSWER_MS);
  assert.deepEqual(closings.map(({ code, wasOpened }) => [code, wasOpened]), [[1006, false], [1006, true]]);
});

test('a refused token without another one is the end, and says why', async () => {
  const { client, sockets, closings, frames } = make();
  sockets[0].opens();
  sockets[0].hears({ type: 'error', code: 'AUTH_ERROR', reason: 'expired', message: 'It has run out.' });
  assert.equal(client.state, 'ended');
  assert.deepEqual(closings, [{ code: 0, reason: 'expired', message: 'It has run out.', next: 'login', retryMs: null, wasOpened: true }]);
  assert.deepEqual(frames, []);
  await assert.rejects(client.send(1), { code: 'EXPIRED' });
});

test('a refused token is replaced by one new one, and then no more', async () => {
  const tokens = ['U', 'V'];
  const { client, sockets, timers } = make({ getToken: () => tokens.shift() });
  for (const token of ['T', 'U']) {
    await tick();
    sockets.at(-1).opens();
    assert.equal(sockets.at(-1).last.token, token);
    sockets.at(-1).hears({ type: 'error', code: 'AUTH_ERROR', reason: 'expired', message: 'No.' });
    timers.advance(2_000);
  }
  assert.equal(client.state, 'ended');
  assert.deepEqual(tokens, ['V']);
});

test('a token is renewed after four fifths of its life, and whoever keeps it is told', async (context) => {
  const calls = [];
  context.mock.method(globalThis, 'fetch', fakeFetch(calls, { token: 'T2', user: { id: 'u', username: 'Ana' } }));
  const { client, sockets, timers } = make();
  client.watch(false);
  const tokens = [];
  client.on('token', (answer) => tokens.push(answer.token));
  sockets[0].opens();
  sockets[0].hears(authenticated('c1', 'Ana', '2026-01-31T12:01:40.000Z'));
  timers.advance(79_999);
  await tick();
  assert.deepEqual(calls, []);
  timers.advance(1);
  await tick();
  assert.deepEqual(calls, [['POST', 'http://host/auth/refresh', 'Bearer T']]);
  assert.deepEqual([tokens, sockets[0].last.token, client.state], [['T2'], 'T2', 'online']);
});

test('a token that came from elsewhere meanwhile is not replaced by the one that was asked for', async (context) => {
  context.mock.method(globalThis, 'fetch', fakeFetch([], { token: 'late' }));
  const { client, sockets, timers } = make();
  sockets[0].opens();
  sockets[0].hears(authenticated('c1', 'Ana', '2026-01-31T12:00:10.000Z'));
  timers.advance(8_000);
  client.renew('newer');
  await tick();
  assert.equal(sockets[0].last.token, 'newer');
});

test('nonsense from the server is ignored', () => {
  const { client, sockets } = online();
  sockets[0].onmessage({ data: 'not json' });
  sockets[0].onmessage({ data: 'null' });
  assert.equal(client.state, 'online');
});

test('a listener that ends it while a connection ends has the last word', () => {
  const { client, sockets, timers } = online();
  client.on('state', (state) => { if (state === 'waiting') client.close(); });
  sockets[0].ends(1006);
  timers.advance(60_000);
  assert.deepEqual([client.state, sockets.length], ['ended', 1]);
});

test('a text goes out as it is', () => {
  const { client, sockets } = online();
  const texts = [];
  sockets[0].send = (text) => texts.push(text);
  client.frame('{"type":"message","content":1.0}');
  assert.deepEqual(texts, ['{"type":"message","content":1.0}']);
});

test('the queue is bounded, goes out in order at the return, and is given up at the end', async () => {
  const { client, sockets, goOnline, timers } = online({ queueSize: 2 });
  sockets[0].ends(1001);
  const waiting = [client.send(1), client.direct('ben', 2)];
  await assert.rejects(client.send(3), { code: 'QUEUE_FULL' });
  timers.advance(1_000);
  goOnline();
  const [first, second] = sockets.at(-1).sent.slice(1);
  assert.deepEqual([first.content, second.to], [1, 'ben']);
  sockets.at(-1).hears({ type: 'message_accepted', messageId: first.messageId, id: '7', recipients: 3 });
  sockets.at(-1).hears({ type: 'error', code: 'INVALID_RECIPIENT', message: 'Nobody.', messageId: second.messageId });
  assert.deepEqual(await waiting[0], { id: '7', recipients: 3, isQueued: false });
  await assert.rejects(waiting[1], { code: 'INVALID_RECIPIENT' });
  const last = client.send(4);
  client.close();
  await assert.rejects(last, { code: 'CLOSED' });
});

test('what was under way when a connection ends is told to be unsure, or too big', async () => {
  for (const [code, error] of [[1006, 'CONNECTION_LOST'], [1009, 'MESSAGE_TOO_BIG']]) {
    const { client, sockets } = online();
    const sending = client.send('hello');
    sockets[0].ends(code);
    await assert.rejects(sending, { code: error });
    client.close();
  }
});

test('at its return it asks for what came after the last message it saw', () => {
  const { client, sockets, timers } = online();
  sockets[0].hears({ type: 'message', id: '41', from: 'c9', username: 'Ben', content: 1 });
  sockets[0].ends(1001);
  timers.advance(1_000);
  sockets.at(-1).opens();
  assert.equal(sockets.at(-1).last.since, '41');
  assert.equal(sockets.at(-1).last.replaces, 'c1');
  sockets.at(-1).hears({ ...authenticated('c2'), recovered: true });
  assert.equal(client.isRecovered, true);
});

test('it comes back from twenty restarts, with one connection each time', async () => {
  const { client, sockets, goOnline, timers } = online();
  for (let round = 0; round < 20; round += 1) {
    timers.advance(STABLE_MS);
    sockets.at(-1).ends(1001);
    timers.advance(500);
    assert.equal(client.state, 'waiting');
    timers.advance(500);
    sockets.at(-1).ends(1006);
    timers.advance(2_000);
    goOnline();
    assert.equal(client.state, 'online');
  }
  assert.equal(sockets.length, 41);
  assert.equal(sockets.filter(({ readyState }) => readyState === 1).length, 1);
});
