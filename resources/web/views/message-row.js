// One message: text as text, its time, what became of it, and the day or the line of the unread above it.

import { clip, hueOf } from '../content.js';
import { h, icon } from '../dom.js';
import { splitLinks } from '../links.js';
import { formatDay, formatTime, gapText } from '../server-clock.js';
import { t } from '../strings.js';
import { avatar } from './avatar.js';
import { pictureView, pollView } from './part.js';

/** @typedef {import('../threads.js').Message} Message */
/** @typedef {import('../threads.js').Delivery} Delivery */
/**
 * @typedef {object} RowContext what a row needs to know besides its message
 * @property {import('../threads.js').Thread} thread
 * @property {(id: string) => void} onRetry
 * @property {(id: string) => void} onDiscard
 * @property {(message: Message) => void} onExpand
 * @property {(message: Message) => boolean} isFound
 * @property {string | null} myKey
 * @property {(poll: import('../conventions.js').Poll, option: number) => void} onVote
 * @property {boolean} showsPictures
 */

/**
 * Return the row of a message.
 *
 * @param {Message} message
 * @param {RowContext} context
 */
export function messageRow(message, context) {
  const row = h('div', { class: 'row message', role: 'listitem' });
  row.classList.toggle('mine', message.isMine);
  row.classList.toggle('found', context.isFound(message));
  row.classList.toggle('starts-group', message.startsGroup);
  if (message.startsDay) row.append(h('p', { class: 'day' }, formatDay(message.atMs)));
  if (context.thread.firstUnread === message.key) row.append(h('p', { class: 'unread-line' }, h('span', {}, t('newMessages'))));
  row.append(bodyOf(message, context));
  if (message.delivery?.state === 'failed') row.append(failure(message.delivery, context));
  return row;
}

/** @param {Message} message @param {RowContext} context */
function bodyOf(message, context) {
  if (message.kind === 'gap') return gap(message);
  if (message.kind === 'event') return h('p', { class: 'event', dir: 'auto' }, message.text);
  return message.kind === 'announcement' ? announcement(message, context) : said(message, context);
}

/** @param {Message} message */
function gap({ atMs, untilMs }) {
  return h('p', { class: 'gap' }, h('span', {}, gapText(atMs, untilMs)));
}

/** @param {Message} message @param {RowContext} context */
function said(message, context) {
  const isNamed = !message.isMine && message.startsGroup;
  const name = h('span', { class: isNamed ? `author hue-${hueOf(message.author)}` : 'visually-hidden', dir: 'auto' }, isNamed ? message.author : message.isMine ? t('saidByYou') : t('saidBy', { name: message.author }));
  const tag = isNamed && message.isHost ? h('span', { class: 'tag' }, t('host')) : null;
  const bubble = h('div', { class: 'bubble' }, tag ? h('span', { class: 'author-line' }, name, tag) : name, content(message, context));
  const face = message.isMine ? null : message.startsGroup ? avatar(message.author) : h('span', { class: 'avatar-gap' });
  return h('div', { class: 'said' }, face, bubble);
}

/** @param {Message} message @param {RowContext} context */
function announcement(message, context) {
  const label = t(message.isDirect ? 'announcementDirect' : 'announcement');
  return h(
    'div', { class: 'announcement' },
    h('p', { class: 'announcement-label' }, icon('megaphone'), label),
    content(message, context),
  );
}

/** @param {Message} message @param {RowContext} context */
function content(message, context) {
  return h('div', { class: 'content' }, textOf(message, context), meta(message, context));
}

/** @param {Message} message @param {RowContext} context */
function textOf(message, context) {
  const { part } = message;
  if (part?.kind === 'poll') return pollView(part, context.myKey, (option) => context.onVote(part, option));
  if (part?.kind === 'image' && context.showsPictures) return pictureView(part, message.author);
  const clipped = message.isWhole ? null : clip(message.text);
  const text = clipped === null ? message.text : `${clipped}…`;
  const body = h('p', { class: message.isData ? 'text data' : 'text', dir: 'auto' }, ...(message.isData ? [text] : linked(text)));
  if (clipped === null) return body;
  return h('div', {}, body, h('button', { class: 'link', type: 'button', onclick: () => context.onExpand(message) }, t('showAll')));
}

/** @param {string} text */
function linked(text) {
  return splitLinks(text).map((part) => (part.href === null ? part.text : h('a', { href: part.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, part.text)));
}

/** @param {Message} message @param {RowContext} context */
function meta(message, context) {
  const time = message.atMs === null ? null : h('time', { datetime: new Date(message.atMs).toISOString() }, formatTime(message.atMs));
  return h('span', { class: 'meta' }, time, message.delivery ? deliveryOf(message.delivery, context) : null);
}

/** @param {Delivery} delivery @param {RowContext} context */
function deliveryOf({ state, recipients, isDirect, isWaiting, isExpired }, { thread }) {
  if (state === 'queued') return sign('clock', t('queued'));
  if (state === 'sending') return sign('clock', t('sending'));
  if (state === 'failed') return null;
  if (!isDirect) return sign('check', t('sent'));
  if (isWaiting) return sign('clock', t('deliveredLater', { name: thread.name }), true);
  if (isExpired) return sign('alert', t('deliveredNever', { name: thread.name }), true);
  return sign('checks', t('deliveredTo', { n: recipients }), true);
}

/** @param {Parameters<typeof icon>[0]} name @param {string} text */
function sign(name, text, isShown = false) {
  return h('span', { class: 'delivery', title: text }, icon(name), h('span', { class: isShown ? 'delivery-text' : 'visually-hidden' }, text));
}

/** @param {Delivery} delivery @param {RowContext} context */
function failure({ id, reason }, { thread, onRetry, onDiscard }) {
  const why = !reason ? '' : 'key' in reason ? t(reason.key, { name: thread.name }) : reason.text;
  return h(
    'div', { class: 'failure' },
    h('span', { class: 'failure-text' }, icon('alert'), h('span', {}, t('failed', { reason: why }))),
    h('span', { class: 'failure-actions' },
      h('button', { class: 'link', type: 'button', onclick: () => onRetry(id) }, t('retry')),
      h('button', { class: 'link', type: 'button', onclick: () => onDiscard(id) }, t('discard'))),
  );
}
