// A conversation as a text that can be kept.

import { formatDate, formatTime, gapText } from './server-clock.js';
import { t } from './strings.js';
import { EVERYONE } from './threads.js';

const INDENT = ' '.repeat(7);

/**
 * Return a conversation as text, a line for each message.
 *
 * @param {import('./threads.js').Thread} thread
 * @param {string} host where it took place
 */
export function transcriptOf(thread, host) {
  const lines = [`${nameOf(thread)}, ${host}`];
  let day = '';
  for (const message of thread.messages) {
    const today = formatDate(message.atMs);
    if (today !== day) lines.push('', today);
    day = today;
    lines.push(lineOf(message));
  }
  return `${lines.join('\n')}\n`;
}

/** Return the name of the file for it, of the day of its last message. @param {import('./threads.js').Thread} thread */
export function fileNameOf(thread) {
  const atMs = thread.last?.atMs ?? null;
  const day = atMs === null ? '' : ` ${new Date(atMs).toISOString().slice(0, 10)}`;
  return `${nameOf(thread).replace(/[\\/:*?"<>|\p{C}]/gu, '_')}${day}.txt`;
}

/** @param {import('./threads.js').Thread} thread */
const nameOf = (thread) => (thread.key === EVERYONE ? t('everyone') : thread.name);

/** @param {import('./threads.js').Message} message */
function lineOf({ kind, author, text, atMs, untilMs, isDirect, delivery }) {
  if (kind === 'gap') return `${INDENT}(${gapText(atMs, untilMs)})`;
  if (kind === 'event') return `${formatTime(atMs).padEnd(5)}  (${text})`;
  const who = kind === 'announcement' ? t(isDirect ? 'announcementDirect' : 'announcement') : author;
  const isLost = delivery && delivery.state !== 'done';
  const line = `${formatTime(atMs).padEnd(5)}  ${who}: ${text.replace(/\r\n|\r|\n/g, `\n${INDENT}`)}`;
  return isLost ? `${line} (${t('notSent')})` : line;
}
