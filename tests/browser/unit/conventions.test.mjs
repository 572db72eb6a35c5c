import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_IMAGE_CHARS, countVotes, pollOf, readConvention } from '../../../resources/web/conventions.js';
import { Hands } from '../../../resources/web/hands.js';
import { Pinned } from '../../../resources/web/pinned.js';
import { fitted } from '../../../resources/web/pictures.js';
import { FakeStorage } from './fakes.mjs';

const POLL = { kind: 'poll', id: 'p1', question: 'When?', options: ['8', '9'] };
const IMAGE = { kind: 'image', data: 'data:image/png;base64,iVBORw0KGgo=', width: 2, height: 1 };

test('hands, polls, votes and pictures are known by their fields', () => {
  assert.deepEqual(readConvention({ kind: 'hand' }), { kind: 'hand', isRaised: true });
  assert.deepEqual(readConvention({ kind: 'hand', raised: false, text: 'x' }), { kind: 'hand', isRaised: false });
  assert.deepEqual(readConvention(POLL), { ...POLL, votes: {} });
  assert.deepEqual(readConvention({ kind: 'vote', poll: 'p1', option: 1 }), { kind: 'vote', poll: 'p1', option: 1 });
  assert.deepEqual(readConvention(IMAGE), IMAGE);
});

for (const content of [
  null, 'hand', ['hand'], {}, { kind: 'other' }, { kind: 5 }, { kind: 'hand', raised: 'yes' },
  { ...POLL, id: '' }, { ...POLL, id: 5 }, { ...POLL, question: ' ' }, { ...POLL, question: 'x'.repeat(501) }, { ...POLL, options: ['one'] },
  { ...POLL, options: 'two' }, { ...POLL, options: ['a', 5] }, { ...POLL, options: ['a', ''] }, { ...POLL, options: Array(11).fill('a') },
  { kind: 'vote', poll: 'p1' }, { kind: 'vote', poll: 'p1', option: -1 }, { kind: 'vote', poll: 'p1', option: 1.5 }, { kind: 'vote', poll: 'p1', option: '1' }, { kind: 'vote', option: 1 },
  { ...IMAGE, data: 'https://example.org/x.png' }, { ...IMAGE, data: 'data:image/svg+xml;base64,PHN2Zz4=' }, { ...IMAGE, data: 'data:text/html;base64,PHN2Zz4=' },
  { ...IMAGE, data: `data:image/png;base64,${'A'.repeat(MOST_IMAGE_CHARS)}` }, { ...IMAGE, width: 0 }, { ...IMAGE, height: 20_000 }, { ...IMAGE, width: '2' },
]) {
  test(`wrong fields are nothing but text: ${JSON.stringify(content)?.slice(0, 60)}`, () => assert.equal(readConvention(content), null));
}

test('hands stay in their order over a reload, as long as the connections that raised them', () => {
  const storage = new FakeStorage();
  const hands = new Hands(storage);
  hands.load('u1');
  hands.raise('@mia', 'c1');
  hands.raise('@ben', 'c2');
  hands.raise('@tom', 'c3');
  hands.lower('@ben');
  const reloaded = new Hands(storage);
  reloaded.load('u1');
  assert.deepEqual(reloaded.keys(), ['@mia', '@tom']);
  reloaded.keepOf(new Set(['c3', 'c4']));
  assert.deepEqual([reloaded.has('@mia'), reloaded.has('@tom'), reloaded.size], [false, true, 1]);
  reloaded.load('u2');
  assert.equal(reloaded.size, 0);
  reloaded.load('u1');
  assert.equal(reloaded.size, 0);
  storage.set('authws.hands', '{"userId":"u1","hands":5}');
  reloaded.load('u1');
  assert.equal(reloaded.size, 0);
});

test('votes are counted by option', () => {
  assert.deepEqual(countVotes({ ...POLL, votes: { '@ana': 1, '@ben': 1, '@mia': 0, '@odd': 7 } }), [1, 2]);
});

test('a poll is typed as a question and answers, a line each', () => {
  assert.deepEqual(pollOf('p1', ' When? \n\n 8 \n9\n'), { ...POLL, text: 'When?\n1. 8\n2. 9' });
  for (const typed of ['', 'When?', 'When?\n8', `When?\n8\n${'x'.repeat(101)}`]) assert.equal(pollOf('p1', typed), null);
});

test('a picture keeps its proportions, and is never made larger', () => {
  assert.deepEqual(fitted(4000, 3000), { width: 1280, height: 960 });
  assert.deepEqual(fitted(10, 20_000), { width: 1, height: 1280 });
  assert.deepEqual(fitted(640, 480), { width: 640, height: 480 });
});

test('what is said once stands above what is pinned until it is read', () => {
  const pinned = new Pinned(new FakeStorage());
  pinned.say('1', 'Book, page 42');
  assert.equal(pinned.shown.text, 'Book, page 42');
  pinned.pin('2', 'Break at ten');
  assert.equal(pinned.shown.text, 'Break at ten');
  pinned.say('2', 'Break at ten');
  assert.equal(pinned.said, null);
  pinned.say('3', 'Fire drill');
  pinned.doubt();
  pinned.pin('2', 'Break at ten');
  pinned.settle();
  assert.equal(pinned.shown.text, 'Fire drill');
  pinned.dismiss();
  assert.equal(pinned.shown.text, 'Break at ten');
  pinned.dismiss();
  assert.equal(pinned.shown, null);
});

test('an announcement stays until it is taken down, dismissed, or does not come again', () => {
  const storage = new FakeStorage();
  const pinned = new Pinned(storage);
  pinned.settle();
  pinned.pin('1', 'Pizza');
  pinned.settle();
  assert.equal(pinned.shown.text, 'Pizza');
  pinned.unpin('other');
  assert.equal(pinned.shown.text, 'Pizza');
  pinned.dismiss();
  assert.equal(pinned.shown, null);
  const reloaded = new Pinned(storage);
  reloaded.pin('1', 'Pizza');
  assert.equal(reloaded.shown, null);
  reloaded.pin('2', 'Cake');
  assert.equal(reloaded.shown.text, 'Cake');
  reloaded.doubt();
  reloaded.pin('2', 'Cake');
  reloaded.settle();
  assert.equal(reloaded.shown.text, 'Cake');
  reloaded.doubt();
  reloaded.settle();
  assert.equal(reloaded.shown, null);
  reloaded.pin('3', 'Tea');
  reloaded.unpin('3');
  assert.equal(reloaded.current, null);
});
