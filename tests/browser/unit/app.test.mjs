import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestFailed } from '../../../resources/web/api.js';
import { App } from '../../../resources/web/app.js';
import { Login } from '../../../resources/web/login.js';
import { ServerClock } from '../../../resources/web/server-clock.js';
import { Session } from '../../../resources/web/session.js';
import { EVERYONE } from '../../../resources/web/threads.js';
import { FakeSocket, FakeStorage, FakeTimers, TIME, authenticated } from './fakes.mjs';

const tick = () => new Promise((done) => setImmediate(done));
const ANA = { token: 'T1', user: { id: 'u-Ana', username: 'Ana' } };

function make({ storage = new FakeStorage(), siblings = { say: () => {} } } = {}) {
  const timers = new FakeTimers();
  const sockets = [];
  const calls = [];
  const api = {
    version: '1',
    status: async () => ({ status: 200, body: { version: api.version } }),
    refresh: async (token) => {
      calls.push(['refresh', token]);
      return { status: 200, body: { ...ANA, token: 'T2' } };
    },
    logout: async (token) => calls.push(['logout', token]),
  };
  const saved = new Map();
  let number = 0;
  const app = new App({
    session: new Session(storage), timers, api, clock: new ServerClock(timers.now),
    openSocket: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1);
    },
    outboxStorage: ({ id }) => ({ load: () => saved.get(id) ?? [], save: (entries) => saved.set(id, structuredClone(entries)) }),
    newId: () => `id${++number}`, siblings, onChange: () => {}, onHeard: () => {},
  });
  const goOnline = (clientId) => {
    sockets.at(-1).opens();
    sockets.at(-1).hears(authenticated(clientId));
  };
  const said = () => app.store.threads.get(EVERYONE).messages.map((one) => [one.text, one.delivery?.state]);
  return { app, timers, sockets, calls, api, storage, goOnline, said, socket: () => sockets.at(-1) };
}

function join(options) {
  const made = make(options);
  made.app.start();
  made.app.loggedIn(ANA);
  made.goOnline('c1');
  made.app.store.open(EVERYONE);
  return made;
}

test('what is written offline is sent when the connection is back', async () => {
  const { app, timers, socket, goOnline, said } = join();
  socket().ends(1001);
  app.say('one');
  app.say('two');
  assert.deepEqual(said(), [['one', 'queued'], ['two', 'queued']]);
  timers.advance(2_000);
  goOnline('c2');
  await tick();
  timers.advance(0);
  assert.deepEqual(socket().sent.slice(1).map((frame) => frame.content), ['one', 'two']);
  socket().hears({ type: 'message', from: 'c2', username: 'Ana', content: 'one', timestamp: TIME, id: '1' });
  assert.deepEqual(said(), [['one', 'done'], ['two', 'sending']]);
});

const list = (...names) => ({
  type: 'user_list', timestamp: TIME,
  users: names.map((username) => ({ id: `k-${username}`, username, userId: `u-${username}`, lastActive: TIME })),
});

test('after a restart, what was written meanwhile waits for the others, but not for long', async () => {
  const { app, timers, socket, goOnline, api } = join();
  const contents = () => socket().sent.slice(1).map((frame) => frame.content);
  const restart = async () => {
    socket().ends(1001);
    app.say('hello');
    timers.advance(8_000);
    goOnline(`c${timers.nowMs}`);
    socket().hears(list('Ana'));
    await tick();
  };
  api.status = async () => ({ status: 200, body: { version: '1', uptimeSeconds: 1 } });
  socket().hears(list('Ana', 'Ben'));
  await restart();
  assert.deepEqual(contents(), []);
  socket().hears(list('Ana', 'Ben'));
  assert.deepEqual(contents(), ['hello']);
  socket().hears({ type: 'message', from: app.store.clientId, username: 'Ana', content: 'hello', timestamp: TIME, id: '1' });
  await restart();
  timers.advance(8_999);
  assert.deepEqual(contents(), []);
  timers.advance(1);
  assert.deepEqual(contents(), ['hello']);
});

test('somebody else’s same words confirm nothing', () => {
  const { app, socket, said } = join();
  app.say('hi');
  socket().hears({ type: 'message', from: 'c9', username: 'Ben', content: 'hi', timestamp: TIME, id: '1' });
  assert.deepEqual(said(), [['hi', 'sending'], ['hi', undefined]]);
});

test('over the rate limit, a message waits and goes out again', () => {
  const { app, socket, timers, said } = join();
  app.say('hi');
  const { messageId } = socket().last;
  socket().hears({ type: 'error', code: 'RATE_LIMIT_EXCEEDED', message: 'x', messageId, retryAfterMs: 500, timestamp: TIME });
  assert.deepEqual(said(), [['hi', 'queued']]);
  timers.advance(500);
  assert.equal(socket().last.messageId, messageId);
});

test('a newer version of the server is told after a reconnect', async () => {
  const { app, socket, timers, goOnline, api } = join();
  await tick();
  assert.equal(app.isOutdated, false);
  socket().ends(1001);
  api.version = '2';
  timers.advance(2_000);
  goOnline('c2');
  await tick();
  assert.equal(app.isOutdated, true);
});

test('the token is renewed in time, on the open connection', async () => {
  const { socket, timers, calls, storage } = join();
  timers.advance(24 * 3600 * 800);
  await tick();
  assert.deepEqual(calls, [['refresh', 'T1']]);
  assert.equal(socket().last.token, 'T2');
  assert.equal(JSON.parse(storage.get('authws.session')).token, 'T2');
});

test('a token that another tab renewed is used instead of a login', () => {
  const { app, socket, storage } = join();
  storage.set('authws.session', JSON.stringify({ ...ANA, token: 'T9' }));
  socket().ends(4003);
  assert.equal(app.screen, 'chat');
  socket().opens();
  assert.equal(socket().last.token, 'T9');
});

test('an ended login keeps the conversation for the same user, and the login for nobody', async () => {
  const { app, socket, storage, goOnline, timers } = join();
  app.say('kept');
  socket().ends(4004);
  assert.equal(app.screen, 'login');
  assert.equal(app.notice, 'endedAccount');
  assert.equal(storage.get('authws.session'), null);
  app.loggedIn({ ...ANA, token: 'T3' });
  goOnline('c2');
  await tick();
  timers.advance(0);
  assert.equal(socket().last.content, 'kept');
});

test('a logout ends the token, forgets everything, and ends the other tabs’ too', async () => {
  const { app, calls, storage } = join();
  const other = make({ storage });
  other.app.start();
  assert.equal(other.app.screen, 'chat');
  await app.logout();
  assert.deepEqual(calls, [['logout', 'T1']]);
  assert.equal(app.store.user, null);
  other.app.session.reload();
  other.app.sessionChanged();
  assert.equal(other.app.screen, 'login');
});

const delivered = (messageId) => ({ type: 'message_delivered', messageId, to: 'u-Ben', recipients: 1, timestamp: TIME, id: 'd1' });

test('what is said to one person is told to the other tabs, once it is delivered', () => {
  const words = [];
  const { app, socket } = join({ siblings: { say: (word) => words.push(word) } });
  socket().hears(list('Ana', 'Ben'));
  app.store.find('@ben');
  app.store.open('@ben');
  app.say('only you');
  assert.deepEqual(words, []);
  socket().hears(delivered(socket().last.messageId));
  assert.deepEqual(words, [{ userId: 'u-Ana', thread: { key: '@ben', name: 'Ben' }, text: 'only you', timestamp: TIME }]);
});

test('what another tab of the same user said is shown, of another user not', () => {
  const siblings = { say: () => {} };
  const { app } = join({ siblings });
  const word = { userId: 'u-Ana', thread: { key: '@ben', name: 'Ben' }, text: 'from there', timestamp: TIME };
  siblings.onSaid({ ...word, userId: 'u-Eve', text: 'not for Ana' });
  siblings.onSaid(word);
  assert.deepEqual(app.store.threads.get('@ben').messages.map((one) => [one.text, one.isMine]), [['from there', true]]);
  assert.equal(app.store.unread, 0);
});

test('what another page has taken over is not sent here, what was written since is', async () => {
  const siblings = { say: () => {} };
  const { app, socket, timers, goOnline, said } = join({ siblings });
  socket().ends(1001);
  app.say('taken');
  app.say('mine');
  siblings.onTaken([app.outbox.entries[0].id, 'unknown']);
  assert.deepEqual(said(), [['mine', 'queued']]);
  timers.advance(2_000);
  goOnline('c2');
  await tick();
  timers.advance(0);
  assert.deepEqual(socket().sent.slice(1).map((frame) => frame.content), ['mine']);
});

test('a refused handshake asks why: banned, or no room', async () => {
  const { app, socket, timers, api } = join();
  socket().ends(1006);
  timers.advance(2_000);
  socket().ends(1006);
  await tick();
  assert.equal(app.isFull, true);
  api.status = async () => {
    throw new RequestFailed(403, { code: 'BANNED' });
  };
  timers.advance(3_000);
  socket().ends(1006);
  await tick();
  assert.equal(app.screen, 'banned');
  timers.advance(100_000);
  assert.equal(app.connection.state.name, 'ended');
});

function makeLogin(api, invite = '') {
  const timers = new FakeTimers();
  const answers = [];
  const login = new Login({ api, storage: new FakeStorage(), timers, host: 'h', invite, onChange: () => {}, onLoggedIn: (body) => answers.push(body) });
  return { login, timers, answers };
}

test('an invite code goes along', async () => {
  const calls = [];
  const { login, answers } = makeLogin({ register: async (...given) => (calls.push(given), { status: 201, body: ANA }) }, 'CODE');
  await login.submit('Ana', 'correct horse');
  assert.deepEqual(calls, [['Ana', 'correct horse', 'CODE']]);
  assert.deepEqual(answers, [ANA]);
});

test('approval is waited for, gently', async () => {
  let tries = 0;
  const api = {
    register: async () => ({ status: 202, body: {} }),
    login: async () => {
      tries += 1;
      if (tries < 3) throw new RequestFailed(403, { code: 'ACCOUNT_PENDING' });
      return { status: 200, body: ANA };
    },
  };
  const { login, timers, answers } = makeLogin(api);
  await login.submit('Ana', 'correct horse');
  assert.equal(login.screen, 'approval');
  for (const waitMs of [10_000, 15_000, 22_500]) {
    timers.advance(waitMs - 1);
    const before = tries;
    timers.advance(1);
    assert.equal(tries, before + 1);
    await tick();
  }
  assert.deepEqual(answers, [ANA]);
});

test('who is denied is told so and stops asking', async () => {
  let tries = 0;
  const api = {
    register: async () => ({ status: 202, body: {} }),
    login: async () => {
      tries += 1;
      throw new RequestFailed(tries < 2 ? 403 : 401, { code: tries < 2 ? 'ACCOUNT_PENDING' : 'INVALID_CREDENTIALS' });
    },
  };
  const { login, timers, answers } = makeLogin(api);
  await login.submit('Ana', 'correct horse');
  for (const waitMs of [10_000, 15_000, 60_000, 60_000]) {
    timers.advance(waitMs);
    await tick();
  }
  assert.equal(tries, 2);
  assert.equal(login.screen, 'form');
  assert.equal(login.mode, 'register');
  assert.match(login.note.text, /has not let you in/);
  assert.deepEqual(answers, []);
});

test('a server that asks to wait is not asked again before', async () => {
  let calls = 0;
  const api = { register: async () => { calls += 1; throw new RequestFailed(429, { code: 'TOO_MANY_REQUESTS' }, 3); } };
  const { login, timers } = makeLogin(api);
  await login.submit('Ana', 'correct horse');
  await login.submit('Ana', 'correct horse');
  assert.equal(calls, 1);
  assert.equal(login.waitS, 3);
  timers.advance(3_000);
  assert.equal(login.waitS, 0);
  await login.submit('Ana', 'correct horse');
  assert.equal(calls, 2);
});

test('closed registration leaves only the login', async () => {
  const { login } = makeLogin({ register: async () => { throw new RequestFailed(403, { code: 'REGISTRATION_CLOSED' }); } });
  await login.submit('Ana', 'correct horse');
  assert.equal(login.isRegistrationClosed, true);
  assert.equal(login.mode, 'login');
});
