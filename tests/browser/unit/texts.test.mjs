import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { readBan } from '../../../resources/web/ban.js';
import { clip, foldName, hueOf, initial, preview, readContent } from '../../../resources/web/content.js';
import { memberSource } from '../../../resources/web/json-source.js';
import { splitLinks } from '../../../resources/web/links.js';
import { dropInvite, hashOf, inviteOf, keyOf } from '../../../resources/web/router.js';
import { ServerClock } from '../../../resources/web/server-clock.js';
import { Session, readJson } from '../../../resources/web/session.js';
import { EN, languageOf, locales, speak, spoken, t } from '../../../resources/web/strings.js';
import { FakeStorage } from './fakes.mjs';

const WEB = new URL('../../../resources/web/', import.meta.url);
const sources = readdirSync(WEB, { recursive: true })
  .filter((name) => name.endsWith('.js') && name !== 'strings.js' && !name.startsWith('words'))
  .map((name) => [name, readFileSync(new URL(name, WEB), 'utf8')]);

test('every text is used, and every text that is used exists', () => {
  const all = sources.map(([, source]) => source).join('\n');
  for (const key of Object.keys(EN)) assert.ok(all.includes(`'${key}'`), `${key} is not used`);
  for (const [, key] of all.matchAll(/\bt\('(\w+)'/g)) assert.ok(key in EN, `${key} does not exist`);
});

test('nothing reads HTML, evaluates text or needs a secure context', () => {
  for (const [name, source] of sources) {
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser/, name);
    assert.doesNotMatch(source, /navigator\.(clipboard|serviceWorker|locks)|crypto\.(subtle|randomUUID)/, name);
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

/** The relative luminance of `#rrggbb` (WCAG 2.2). */
function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test('each person has one of eight colours, which can be read in both themes', () => {
  const css = readFileSync(new URL('css/tokens.css', WEB), 'utf8');
  for (const theme of css.split('@media (prefers-color-scheme: dark)')) {
    const colours = Object.fromEntries([...theme.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]));
    for (let hue = 0; hue < 8; hue += 1) {
      for (const ground of [`hue-${hue}`, 'surface']) assert.ok(contrast(colours[`hue-${hue}-text`], colours[ground]) >= 4.5, `${hue} on ${colours[ground]}`);
    }
    assert.equal(new Set([...Array(8).keys()].map((hue) => colours[`hue-${hue}-text`])).size, 8);
  }
  assert.equal(css.split('@media (prefers-color-scheme: dark)').length, 2);
  const hues = new Set(Array.from({ length: 100 }, (_, number) => hueOf(`Person ${number}`)));
  assert.deepEqual([...hues].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a message without words is shown as what it is', () => {
  assert.deepEqual(readContent(''), { text: '""', isData: true });
  assert.deepEqual(readContent(' \n'), { text: '" \\n"', isData: true });
  assert.deepEqual(readContent({ text: ' ' }), { text: '{"text":" "}', isData: true });
  assert.deepEqual(readContent({ text: 'Hi' }), { text: 'Hi', isData: false });
});

test('data is shown as it was written', () => {
  const frame = (content) => `{"type":"message","content":${content},"from":"c1","id":"1"}`;
  for (const content of ['12345678901234567890', '1.0', '1e400', '{"a": [1.50, {"content":2}], "b":"}\\","}', '[ ]', '"x, \\"y\\": {"', 'null', '{"a":1,"a":2}']) {
    assert.equal(memberSource(frame(content), 'content'), content);
    assert.equal(memberSource(`{"content" : ${content} }`, 'content'), content);
  }
  assert.equal(memberSource('{"from":"content"}', 'content'), null);
  assert.equal(memberSource('{"content":1,"content":2}', 'content'), '2');
  assert.equal(memberSource('', 'content'), null);
});

test('a preview is one short line of whole characters', () => {
  assert.equal(preview('a\n b\t c'), 'a b c');
  assert.equal(preview('🦊'.repeat(10), 3), '🦊🦊🦊…');
});

test('addresses of the web are found, with their edges where a reader sees them', () => {
  const links = (text) => splitLinks(text).filter(({ href }) => href !== null).map((part) => part.text);
  assert.deepEqual(links('See http://a.example/x?y=1#z, and (https://b.example/w_(x)). HTTPS://C.EXAMPLE!'), ['http://a.example/x?y=1#z', 'https://b.example/w_(x)', 'HTTPS://C.EXAMPLE']);
  assert.deepEqual(links('<https://a.example> “http://b.example” http://192.168.1.5:4000/, http://[::1]:4000/.'), ['https://a.example', 'http://b.example', 'http://192.168.1.5:4000/', 'http://[::1]:4000/']);
  assert.deepEqual(splitLinks('a https://x.example b').map(({ href }) => href), [null, 'https://x.example/', null]);
});

test('what is no address of the web, or hides where it leads, stays text', () => {
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'ftp://a.example', 'www.a.example', 'http://', 'https://bank.example@evil.example/', 'http://a:b@c.example', 'xhttp://a.example', 'http:// a', '']) {
    assert.deepEqual(splitLinks(text).filter(({ href }) => href !== null), [], text);
  }
  assert.equal(splitLinks('http://a.example/\u202Egpj.exe')[0].text, 'http://a.example/');
});

test('nothing of a text is lost between its addresses', () => {
  for (const text of ['', 'x', 'http://a.example', ' http://a.example. http://b.example, ', 'a\nhttp://a.example)))\n\nb', 'http://x@y http://z.example']) {
    assert.equal(splitLinks(text).map((part) => part.text).join(''), text);
  }
});

test('a text is clipped by its length and by its height', () => {
  assert.equal(clip('x'.repeat(4_000)), null);
  assert.equal(clip('x'.repeat(4_001)).length, 4_000);
  for (const mark of ['\n', '\r\n', '\r', '\u2028', '\v']) assert.equal(clip(`a${mark}`.repeat(3_900)).split(mark).length, 40, JSON.stringify(mark));
  assert.equal(clip('a\n'.repeat(39)), null);
});

test('an address names a conversation', () => {
  assert.equal(keyOf('#everyone'), 'everyone');
  assert.equal(keyOf(hashOf({ key: '@zoë', name: 'Zoë' })), '@zoë');
  assert.equal(keyOf('#with=%E0%A4%A'), null);
  assert.equal(keyOf(''), null);
});

test('the invitation is read from the address, and taken out once it was used', () => {
  const location = { search: '?a=1&invite=X%20Y', pathname: '/', hash: '#everyone' };
  const history = { replaceState: (_state, _title, url) => (history.url = url) };
  assert.equal(inviteOf(location), 'X Y');
  assert.equal(inviteOf({ search: '' }), '');
  dropInvite(location, history);
  assert.equal(history.url, '/?a=1#everyone');
  dropInvite({ search: '', pathname: '/', hash: '' }, {});
});

test('a ban says until when and why, as a close reason or as a sentence', () => {
  const untilMs = Date.parse('2026-11-28T21:00:00Z');
  assert.deepEqual(readBan('banned by the host'), { untilMs: null, reason: '' });
  assert.deepEqual(readBan('banned by the host: Be kind: to all'), { untilMs: null, reason: 'Be kind: to all' });
  assert.deepEqual(readBan('banned by the host until 2026-11-28T21:00Z: Cool down.'), { untilMs, reason: 'Cool down' });
  assert.deepEqual(readBan('The host has banned this account until 2026-11-28T21:00Z: Spam.'), { untilMs, reason: 'Spam' });
  assert.deepEqual(readBan('The host has banned this address.'), { untilMs: null, reason: '' });
  assert.deepEqual(readBan('whatever'), { untilMs: null, reason: '' });
});

test('the server’s time goes on by a clock that nobody sets', () => {
  let nowMs = 0;
  const clock = new ServerClock(() => nowMs);
  assert.equal(clock.now(), null);
  clock.hear('2026-01-31T12:00:00.000Z');
  nowMs += 500;
  assert.equal(clock.now(), Date.parse('2026-01-31T12:00:00.500Z'));
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

const tables = await Promise.all(readdirSync(new URL('words/', WEB)).map(async (name) => [name.slice(0, -3), (await import(new URL(`words/${name}`, WEB))).WORDS]));
const formsOf = (text) => (typeof text === 'string' ? [text] : Object.values(text));
const valuesIn = (text) => [...new Set(formsOf(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();

test('other languages have every text, with the same values as the English one, and a form for every number', () => {
  assert.ok(tables.length > 1);
  for (const [tag, words] of tables) {
    assert.deepEqual(Object.keys(EN).filter((key) => !(key in words)), [], `${tag} lacks texts`);
    for (const [key, text] of Object.entries(words)) {
      assert.ok(key in EN, `${tag}: ${key} does not exist`);
      assert.equal(typeof text, typeof EN[key], `${tag}: ${key}`);
      assert.deepEqual(valuesIn(text), valuesIn(EN[key]), `${tag}: ${key}`);
      if (typeof text !== 'string') assert.ok('other' in text, `${tag}: ${key}`);
    }
  }
});

test('the first language that there is is spoken, else English', async () => {
  assert.equal(languageOf(['', 'it-IT', 'de-AT', 'en']), 'de');
  assert.equal(languageOf(['zh-Hant-TW', 'ja', 'zh-CN']), 'ja');
  assert.equal(languageOf(['zh-Hans', 'ja']), 'zh');
  assert.equal(languageOf(['EN-gb', 'de']), 'en');
  assert.equal(languageOf(['tlh']), 'en');
  await speak('ar');
  assert.deepEqual(spoken(), { language: 'ar', direction: 'rtl' });
  assert.equal(locales(), 'ar');
  assert.equal(t('heardMany', { n: 2 }), 'رسالتان جديدتان');
  await speak('pt');
  assert.deepEqual([spoken().language, t('unread', { n: 1_000 })], ['pt-BR', '1.000 mensagens não lidas']);
  await speak('de', async () => ({ WORDS: {} }));
  assert.equal(t('send'), 'Send');
  await speak('de', async () => {
    throw new Error('the network is gone');
  });
  assert.deepEqual(spoken(), { language: 'en', direction: 'ltr' });
  assert.equal(t('send'), 'Send');
});
