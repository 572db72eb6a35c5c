import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { foldName, hueOf, initial, preview, readContent } from '../../../resources/web/content.js';
import { hashOf, keyOf, nameOf, takeInvite } from '../../../resources/web/router.js';
import { ServerClock } from '../../../resources/web/server-clock.js';
import { Session, readJson, renewalDelayMs } from '../../../resources/web/session.js';
import { EN, t } from '../../../resources/web/strings.js';
import { FakeStorage } from './fakes.mjs';

const WEB = new URL('../../../resources/web/', import.meta.url);
const sources = readdirSync(WEB, { recursive: true })
  .filter((name) => name.endsWith('.js') && name !== 'strings.js')
  .map((name) => [name, readFileSync(new URL(name, WEB), 'utf8')]);

test('every text is used, and every text that is used exists', () => {
  const all = sources.map(([, source]) => source).join('\n');
  for (const key of Object.keys(EN)) assert.ok(all.includes(`'${key}'`), `${key} is not used`);
  for (const [, key] of all.matchAll(/\bt\('(\w+)'/g)) assert.ok(key in EN, `${key} does not exist`);
});

test('nothing reads HTML, evaluates text or needs a secure context', () => {
  for (const [name, source] of sources) {
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser/, name);
    assert.doesNotMatch(source, /navigator\.(clipboard|serviceWorker|locks)|crypto\.(subtle|randomUUID)|new Notification/, name);
    assert.doesNotMatch(source, /https?:\/\/(?!www\.w3\.org\/2000\/svg)/, name);
    assert.doesNotMatch(source, /Date\.now\(\)/, name);
  }
});

test('texts have their values and their forms', () => {
  assert.equal(t('unread', { n: 1 }), '1 unread message');
  assert.equal(t('unread', { n: 2 }), '2 unread messages');
  assert.equal(t('heard', { name: 'Ben', text: '{name}' }), 'Ben: {name}');
  assert.equal(t('tooLong', { n: 1 }), 'The message is too long by 1 character.');
  assert.equal(t('peopleCount', { n: 1000 }), '1,000 people are here');
});

test('names are compared as the server does', () => {
  assert.equal(foldName('ANA'), foldName('ana'));
  assert.equal(foldName('Ａna'), 'ana');
  assert.equal(foldName('Straße'), foldName('STRASSE'));
  assert.equal(initial('🦊fox'), '🦊');
  assert.equal(hueOf('Ana'), hueOf('ana'));
});

test('a message without words is shown as what it is', () => {
  assert.deepEqual(readContent(''), { text: '""', isData: true });
  assert.deepEqual(readContent(' \n'), { text: '" \\n"', isData: true });
  assert.deepEqual(readContent({ text: ' ' }), { text: '{"text":" "}', isData: true });
  assert.deepEqual(readContent({ text: 'Hi' }), { text: 'Hi', isData: false });
});

test('a preview is one short line of whole characters', () => {
  assert.equal(preview('a\n b\t c'), 'a b c');
  assert.equal(preview('🦊'.repeat(10), 3), '🦊🦊🦊…');
});

test('an address names a conversation', () => {
  assert.equal(keyOf('#everyone'), 'everyone');
  assert.equal(keyOf(hashOf({ key: '@zoë', name: 'Zoë' })), '@zoë');
  assert.equal(nameOf('#with=Zo%C3%AB'), 'Zoë');
  assert.equal(keyOf('#with=%E0%A4%A'), null);
  assert.equal(keyOf(''), null);
});

test('the invite code is taken out of the address', () => {
  const history = { replaceState: (_state, _title, url) => (history.url = url) };
  assert.equal(takeInvite({ search: '?a=1&invite=X%20Y', pathname: '/', hash: '#everyone' }, history), 'X Y');
  assert.equal(history.url, '/?a=1#everyone');
  assert.equal(takeInvite({ search: '', pathname: '/', hash: '' }, {}), '');
});

test('the server’s time goes on by a clock that nobody sets', () => {
  let nowMs = 0;
  const clock = new ServerClock(() => nowMs);
  assert.equal(clock.now(), null);
  clock.hear('2026-01-31T12:00:00.000Z');
  nowMs += 500;
  assert.equal(clock.now(), Date.parse('2026-01-31T12:00:00.500Z'));
});

test('a token is renewed after four fifths of its life, by the server’s times', () => {
  assert.equal(renewalDelayMs('2026-01-31T12:00:00.000Z', '2026-01-31T12:00:10.000Z'), 8_000);
  assert.equal(renewalDelayMs('2026-01-31T12:00:00.000Z', '2028-01-31T12:00:00.000Z'), 86_400_000);
  assert.equal(renewalDelayMs('x', 'y'), 86_400_000);
});

test('a broken login in the storage is no login', () => {
  const storage = new FakeStorage();
  for (const text of ['', '{', 'null', '{"token":1}', '[]']) {
    storage.set('authws.session', text);
    assert.equal(new Session(storage).current, null);
  }
  assert.deepEqual(readJson(storage, 'nothing', []), []);
});

test('another tab’s new token is seen', () => {
  const storage = new FakeStorage();
  const [one, two] = [new Session(storage), new Session(storage)];
  one.save({ token: 'T', user: { id: 'u', username: 'Ana' }, expiresAt: 'x' });
  assert.equal(two.reload(), true);
  assert.equal(two.current.token, 'T');
  assert.equal(two.reload(), false);
});
