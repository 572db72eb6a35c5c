import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestFailed } from '../../../resources/web/api.js';
import { App } from '../../../resources/web/app.js';
import { Drafts } from '../../../resources/web/drafts.js';
import { Login } from '../../../resources/web/login.js';
import { Memory } from '../../../resources/web/memory.js';
import { ServerClock } from '../../../resources/web/server-clock.js';
import { Session } from '../../../resources/web/session.js';
import { EVERYONE } from '../../../resources/web/threads.js';
import { FakeDatabase, FakeStorage, FakeTimers, TIME, authenticated, fakeFetch, socketsInto } from './fakes.mjs';

const tick = () => new Promise((done) => setImmediate(done));
const ANA = { token: 'T1', user: { id: 'u-Ana', username: 'Ana' } };

function make({ storage = new FakeStorage(), database = new FakeDatabase(), siblings = { say: () => {} } } = {}) {
  const timers = new FakeTimers();
  const sockets = [];
  const calls = [];
  const api = {
    version: '1',
    status: async () => ({ status: 200, body: { version: api.version } }),
    logout: async (token) => calls.push(['logout', token]),
  };
  const saved = new Map();
  let number = 0;
  const app = new App({
    session: new Session(storage), timers, api, clock: new ServerClock(timers.now),
    url: 'http://host', WebSocket: socketsInto(sockets),
    outboxStorage: ({ id }) => ({ load: () => saved.get(id) ?? [], save: (entries) => saved.set(id, structuredClone(entries)) }),
    newId: () => `id${++number}`, siblings, memory: new Memory({ database, storage, timers }), drafts: new Drafts(storage), onChange: () => {}, onHeard: () => {},
  });
  const goOnline = (clientId) => {
    sockets.at(-1).opens();
    sockets.at(-1).hears(authenticated(clientId));
  };
  const said = () => app.store.everyone.messages.filter(({ kind }) => kind !== 'gap').map((one) => [one.text, one.delivery?.state]);
  return { app, timers, sockets, calls, api, storage, database, goOnline, said, socket: () => sockets.at(-1) };
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
  app.sender.say('one');
  app.sender.say('two');
  assert.deepEqual(said(), [['one', 'queued'], ['two', 'queued']]);
  timers.advance(2_000);
  goOnline('c2');
  await tick();
  timers.advance(0);
  assert.deepEqual(socket().sent.slice(1).map((frame) => frame.content), ['one']);
  socket().hears({ type: 'message', from: 'c2', username: 'Ana', content: 'one', timestamp: TIME, id: '1' });
  assert.deepEqual(socket().sent.slice(1).map((frame) => frame.content), ['one', 'two']);
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
    app.sender.say('hello');
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
  app.sender.say('hi');
  socket().hears({ type: 'message', from: 'c9', username: 'Ben', content: 'hi', timestamp: TIME, id: '1' });
  assert.deepEqual(said(), [['hi', 'sending'], ['hi', undefined]]);
});

test('over the rate limit, a message waits and goes out again', () => {
  const { app, socket, timers, said } = join();
  app.sender.say('hi');
  const { messageId } = socket().last;
  socket().hears({ type: 'error', code: 'RATE_LIMIT_EXCEEDED', message: 'x', messageId, retryAfterMs: 500, timestamp: TIME });
  assert.deepEqual(said(), [['hi', 'queued']]);
  timers.advance(500);
  assert.equal(socket().last.messageId, messageId);
});

test('over the rate limit, nothing is sent before its time, whatever else happens', () => {
  const { app, socket, timers } = join();
  const sent = () => socket().sent.filter((frame) => frame.type === 'message').map((frame) => frame.content);
  app.sender.say('one');
  const { messageId } = socket().last;
  app.sender.say('two');
  socket().hears({ type: 'error', code: 'RATE_LIMIT_EXCEEDED', message: 'x', messageId, retryAfterMs: 5_000, timestamp: TIME });
  app.sender.say('three');
  socket().hears(list('Ana', 'Ben'));
  timers.advance(4_999);
  assert.deepEqual(sent(), ['one']);
  timers.advance(1);
  assert.deepEqual(sent(), ['one', 'one']);
  for (const content of ['one', 'two', 'three']) socket().hears({ type: 'message', from: 'c1', username: 'Ana', content, timestamp: TIME, id: '1' });
  assert.deepEqual(sent(), ['one', 'one', 'two', 'three']);
});

/** The server's allowance (hub/client.py): a bucket, and a slower one for what was refused, which floods when full. */
class Bucket {
  constructor(rate, burst, timers) {
    this.rate = rate;
    this.burst = burst;
    this.timers = timers;
    this.level = burst;
    this.refusals = 0;
    this.atMs = timers.nowMs;
  }

  /** Return 0 for a message that is taken, else when the next one will be, ms. */
  admit() {
    const passed = ((this.timers.nowMs - this.atMs) * this.rate) / 1_000;
    this.atMs = this.timers.nowMs;
    this.level = Math.min(this.burst, this.level + passed);
    this.refusals = Math.max(0, this.refusals - passed);
    if (this.level >= 1) {
      this.level -= 1;
      return 0;
    }
    this.refusals += 1;
    assert.ok(this.refusals <= 2 * this.burst, 'closed with 4009');
    return Math.max(1, Math.round(((1 - this.level) / this.rate) * 1_000));
  }
}

for (const [rate, burst] of [[1, 1], [50, 100]]) {
  test(`seven hundred at once over ${rate} a second arrive in their order, once, and are no flood`, () => {
    const { app, socket, timers } = join();
    const bucket = new Bucket(rate, burst, timers);
    const lines = Array.from({ length: 700 }, (_, number) => `line ${number}`);
    for (const line of lines) app.sender.say(line);
    const arrived = [];
    for (let next = 1; arrived.length < lines.length; ) {
      const frame = socket().sent[next];
      timers.advance(100 / rate);
      if (!frame) continue;
      next += 1;
      const retryAfterMs = bucket.admit();
      timers.advance(1);
      if (retryAfterMs) {
        socket().hears({ type: 'error', code: 'RATE_LIMIT_EXCEEDED', message: 'x', messageId: frame.messageId, retryAfterMs, timestamp: TIME });
      } else {
        arrived.push(frame.content);
        socket().hears({ type: 'message', from: 'c1', username: 'Ana', content: frame.content, timestamp: TIME, id: `${next}` });
      }
    }
    assert.deepEqual(arrived, lines);
    assert.deepEqual(app.sender.outbox.entries, []);
  });
}

for (const [code, more] of [['INVALID_MESSAGE', {}], ['INVALID_MESSAGE_TYPE', {}], ['UNAVAILABLE', { messageId: 'id1' }], ['WHATEVER', {}]]) {
  test(`a message refused as ${code} has failed, and the next one goes out`, () => {
    const { app, socket, said } = join();
    app.sender.say('bad');
    app.sender.say('good');
    socket().hears({ type: 'error', code, message: 'No.', timestamp: TIME, ...more });
    assert.deepEqual(said(), [['bad', 'failed'], ['good', 'sending']]);
    assert.equal(socket().last.content, 'good');
  });
}

test('a message without an answer has failed once the server answered what was asked after it', () => {
  const { app, socket, timers, said } = join();
  app.sender.say('lost');
  app.sender.say('next');
  for (let number = 0; number < 8; number += 1) {
    socket().hears({ type: 'message', from: 'c9', username: 'Ben', content: 'talking', timestamp: TIME, id: `${number}` });
    timers.advance(1_000);
  }
  assert.equal(socket().last.type, 'authenticate');
  assert.equal(said()[0][1], 'sending');
  socket().hears(authenticated('c1'));
  assert.deepEqual(said().filter(([text]) => text !== 'talking'), [['lost', 'failed'], ['next', 'sending']]);
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

test('the token is renewed in time, on the open connection', async (context) => {
  const { app, socket, timers, calls, storage } = join();
  context.mock.method(globalThis, 'fetch', fakeFetch(calls, { ...ANA, token: 'T2' }));
  app.watch(false);
  timers.advance(24 * 3600 * 800);
  await tick();
  assert.deepEqual(calls, [['POST', 'http://host/auth/refresh', 'Bearer T1']]);
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
  app.sender.say('kept');
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
  app.sender.say('only you');
  assert.deepEqual(words, []);
  socket().hears(delivered(socket().last.messageId));
  assert.deepEqual(words, [{ userId: 'u-Ana', thread: { key: '@ben', name: 'Ben' }, id: 'd1', text: 'only you', timestamp: TIME }]);
});

test('what another tab of the same user said is shown, of another user not', () => {
  const siblings = { say: () => {} };
  const { app } = join({ siblings });
  const word = { userId: 'u-Ana', thread: { key: '@ben', name: 'Ben' }, id: 'd2', text: 'from there', timestamp: TIME };
  siblings.onSaid({ ...word, userId: 'u-Eve', text: 'not for Ana' });
  siblings.onSaid(word);
  assert.deepEqual(app.store.threads.get('@ben').messages.map((one) => [one.text, one.isMine]), [['from there', true]]);
  assert.equal(app.store.unread, 0);
});

test('what another page has taken over is not sent here, what was written since is', async () => {
  const siblings = { say: () => {} };
  const { app, socket, timers, goOnline, said } = join({ siblings });
  socket().ends(1001);
  app.sender.say('taken');
  app.sender.say('mine');
  siblings.onTaken([app.sender.outbox.entries[0].id, 'unknown']);
  assert.deepEqual(said(), [['mine', 'queued']]);
  timers.advance(2_000);
  goOnline('c2');
  await tick();
  timers.advance(0);
  assert.deepEqual(socket().sent.slice(1).map((frame) => frame.content), ['mine']);
});

const kinds = (app) => app.store.everyone.messages.map(({ kind, text, atMs, untilMs }) => (kind === 'gap' ? [atMs, untilMs] : text));
const at = (seconds) => new Date(Date.parse(TIME) + seconds * 1000).toISOString();
const ms = (seconds) => Date.parse(TIME) + seconds * 1000;
const said = (content, seconds, id) => ({ type: 'message', from: 'c9', username: 'Ben', content, timestamp: at(seconds), id });

test('a time without a connection is a line, from the last that was heard to the login', async () => {
  const { app, socket, timers } = join();
  socket().hears(said('before', 10, '1'));
  timers.advance(5_000);
  socket().ends(1006);
  timers.advance(1_000);
  socket().opens();
  socket().hears({ ...authenticated('c2'), timestamp: at(75) });
  socket().hears(said('after', 80, '2'));
  assert.deepEqual(kinds(app), ['before', [ms(10), ms(75)], 'after']);
});

test('times without a connection that nothing was said between are one line', () => {
  const { app, socket, timers } = join();
  for (const [clientId, seconds] of [['c2', 20], ['c3', 40]]) {
    socket().ends(1006);
    timers.advance(10_000);
    socket().opens();
    socket().hears({ ...authenticated(clientId), timestamp: at(seconds) });
  }
  assert.deepEqual(kinds(app), [[ms(0), ms(40)]]);
});

test('a page that is loaded again has what was said, and a line for the time in between', async () => {
  const first = join();
  await tick();
  first.socket().hears(said('one', 1, '1'));
  first.app.sender.say('mine');
  first.socket().hears({ ...said('mine', 2, '2'), from: 'c1', username: 'Ana' });
  first.socket().hears({ ...said('psst', 3, '3'), type: 'direct', to: 'Ana' });
  for (let number = 0; number < 3; number += 1) {
    await tick();
    first.timers.advance(200);
  }
  await tick();
  first.app.draft(first.app.store.everyone, 'begun');
  first.app.rest();
  for (const isLate of [false, true]) {
    const { storage, database } = first;
    const next = make({ storage, database });
    next.app.start();
    if (!isLate) await tick();
    next.socket().opens();
    next.socket().hears({ ...authenticated('c2'), timestamp: at(60) });
    next.socket().hears(said('new', 61, '4'));
    await tick();
    assert.deepEqual(kinds(next.app), ['one', 'mine', [ms(3), ms(60)], 'new']);
    assert.equal(next.app.store.everyone.messages[1].delivery.state, 'done');
    assert.equal(next.app.store.everyone.draft, 'begun');
    assert.deepEqual(next.app.store.listThreads().map((thread) => [thread.name, thread.unread]), [['', 1], ['Ben', 1]]);
    database.values.get('u-Ana everyone').messages = database.values.get('u-Ana everyone').messages.filter((one) => one.id !== '4');
  }
});

test('who logs out leaves nothing behind, in no tab', async () => {
  const { app, socket, timers, database, storage } = join();
  await tick();
  socket().hears(said('secret', 1, '1'));
  app.draft(app.store.everyone, 'begun');
  app.rest();
  await tick();
  socket().hears(said('secret too', 2, '2'));
  await app.logout();
  timers.advance(1_000);
  await tick();
  assert.equal(database.values.size, 0);
  assert.deepEqual([...storage.values.keys()], []);
});

test('what was kept of somebody else is forgotten', async () => {
  const database = new FakeDatabase();
  database.values.set('u-Eve everyone', { key: 'everyone', name: '', unread: 0, messages: [] });
  const { app } = join({ database });
  await tick();
  assert.equal(database.values.size, 0);
  assert.deepEqual(kinds(app), []);
});

test('a ban is told with its end, and ends by itself then', () => {
  const { app, socket, sockets, timers } = join();
  const until = `${at(1_800).slice(0, 16)}Z`;
  socket().ends(4006, `banned by the host until ${until}: Cool down`);
  assert.equal(app.screen, 'banned');
  assert.deepEqual(app.ban, { untilMs: ms(1_800), reason: 'Cool down' });
  timers.advance(1_800_000);
  assert.equal(sockets.length, 1);
  timers.advance(2_000);
  assert.equal(app.screen, 'chat');
  assert.equal(sockets.length, 2);
});

test('a token that is refused for a ban shows the ban', () => {
  const { app, socket, sockets, timers } = join();
  socket().ends(1006);
  timers.advance(2_000);
  socket().opens();
  socket().hears({ type: 'error', code: 'AUTH_ERROR', reason: 'banned', message: 'The host has banned this account: Spam.', timestamp: TIME });
  assert.deepEqual([app.screen, app.ban.reason], ['banned', 'Spam']);
  timers.advance(10_000_000);
  assert.equal(sockets.length, 2);
  app.comeBack();
  assert.equal(sockets.length, 3);
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
  assert.equal(app.connection.state.name, 'new');
});

function makeLogin(api, invite = '', perTab = new FakeStorage()) {
  const timers = new FakeTimers();
  const answers = [];
  const told = [];
  const login = new Login({
    api, storage: new FakeStorage(), perTab, timers, host: 'h', invite, onChange: () => {},
    onInviteUsed: () => told.push('used'), onBanned: (words) => told.push(words), onLoggedIn: (body) => answers.push(body),
  });
  return { login, timers, answers, told, perTab };
}

const refuse = (status, body, retryAfterS = null) => async () => {
  throw new RequestFailed(status, body, retryAfterS);
};

test('an invite code goes along', async () => {
  const calls = [];
  const { login, answers } = makeLogin({ register: async (...given) => (calls.push(given), { status: 201, body: ANA }) }, 'CODE');
  await login.submit('Ana', 'correct horse');
  assert.deepEqual(calls, [['Ana', 'correct horse', 'CODE']]);
  assert.deepEqual(answers, [ANA]);
});

test('a code that is needed, or wrong, is asked for; it is used up by getting in, not by trying', async () => {
  const calls = [];
  const register = async (...given) => {
    calls.push(given[2]);
    if (!given[2]) throw new RequestFailed(403, { code: 'INVITE_REQUIRED', message: 'x', field: 'inviteCode' });
    if (given[2] === 'OLD') throw new RequestFailed(403, { code: 'INVITE_INVALID', message: 'No such code.', field: 'inviteCode' });
    return { status: 201, body: ANA };
  };
  const { login, told } = makeLogin({ register });
  assert.equal(login.isInviteAsked, false);
  await login.submit('Ana', 'correct horse');
  assert.deepEqual([login.isInviteAsked, login.wrongField, login.note.tone], [true, 'inviteCode', 'info']);
  await login.submit('Ana', 'correct horse', 'OLD');
  assert.deepEqual([login.note.text, login.wrongField], ['No such code.', 'inviteCode']);
  assert.deepEqual(told, []);
  await login.submit('Ana', 'correct horse', 'NEW');
  assert.deepEqual(calls, ['', 'OLD', 'NEW']);
  assert.deepEqual(told, ['used']);
});

test('who is banned is told so by the login, too', async () => {
  const { login, told } = makeLogin({ login: refuse(403, { code: 'BANNED', message: 'The host has banned this account.' }) });
  login.setMode('login');
  await login.submit('Ana', 'correct horse');
  assert.deepEqual(told, ['The host has banned this account.']);
});

test('waiting for the host outlives a reload, a login that is too early, and a dead network', async () => {
  const api = { login: refuse(403, { code: 'ACCOUNT_PENDING', message: 'Later.' }) };
  const first = makeLogin(api);
  first.login.setMode('login');
  await first.login.submit('Ana', 'correct horse');
  assert.deepEqual([first.login.screen, first.login.name], ['approval', 'Ana']);
  const { login, timers, answers, perTab } = makeLogin(api, '', first.perTab);
  login.start();
  assert.equal(login.screen, 'approval');
  api.login = refuse(0);
  timers.advance(0);
  await tick();
  assert.match(login.note.text, /does not answer/);
  api.login = async () => ({ status: 200, body: ANA });
  login.wake();
  assert.deepEqual(answers, []);
  timers.advance(5_000);
  login.wake();
  await tick();
  assert.deepEqual(answers, [ANA]);
  assert.equal(login.screen, 'form');
  assert.equal(perTab.values.size, 0);
});

test('who no longer waits is not waited for after a reload', async () => {
  const { login, perTab } = makeLogin({ register: async () => ({ status: 202, body: {} }) });
  await login.submit('Ana', 'correct horse');
  assert.equal(perTab.values.size, 1);
  login.cancelApproval();
  assert.equal(perTab.values.size, 0);
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
