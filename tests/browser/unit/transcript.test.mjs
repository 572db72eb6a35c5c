import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileNameOf, transcriptOf } from '../../../resources/web/transcript.js';

const at = (time) => new Date(`2026-01-31T${time}`).getTime();
const message = (author, text, time, more = {}) => ({ kind: 'said', author, text, atMs: at(time), untilMs: null, isDirect: false, delivery: null, ...more });
const thread = (key, name, messages) => ({ key, name, messages, last: messages.at(-1) ?? null });

test('a conversation is a text: who, when, what, and what was missed', () => {
  const text = transcriptOf(thread('everyone', '', [
    message('Ben', 'Two\nlines', '12:34'),
    message('server', 'Lunch', '12:35', { kind: 'announcement' }),
    message('', '', '12:36', { kind: 'gap', untilMs: at('12:40') }),
    message('Ana', 'Sent', '12:41', { delivery: { state: 'done' } }),
    message('Ana', 'Unsent', '12:42', { delivery: { state: 'failed' } }),
  ]), 'host:4000');
  const lines = text.replaceAll(/\b\d\d:\d\d( [AP]M)?/g, 'TIME').split('\n');
  assert.equal(lines[0], 'Everyone, host:4000');
  assert.match(lines[2], /2026/);
  assert.deepEqual(lines.slice(3), [
    'TIME  Ben: Two', '       lines', 'TIME  From the host: Lunch',
    '       (You were away from TIME to TIME. What was said then is not shown here.)',
    'TIME  Ana: Sent', 'TIME  Ana: Unsent (not sent)', '',
  ]);
});

test('the file has the name of the conversation, as far as a system takes it', () => {
  assert.equal(fileNameOf(thread('@a', 'A/b:c', [message('A', 'x', '12:00:00Z')])), 'A_b_c 2026-01-31.txt');
  assert.equal(fileNameOf(thread('everyone', '', [])), 'Everyone.txt');
});
