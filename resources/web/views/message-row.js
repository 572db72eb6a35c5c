// One message: text as text, its time, what became of it, and the day or the line of the unread above it.

import { h, icon } from '../dom.js';
import { formatDay, formatTime } from '../server-clock.js';
import { t } from '../strings.js';
import { avatar } from './avatar.js';

export const CLIP_CHARS = 4_000;

/**
 * Return the row of a message.
 *
 * @param {object} message
 * @param {object} context `thread`, `onRetry(id)`, `onDiscard(id)`, `onExpand(message)`
 */
export function messageRow(message, context) {
  const row = h('div', { class: 'row message', role: 'listitem' });
  row.classList.toggle('mine', message.isMine);
  row.classList.toggle('starts-group', message.startsGroup);
  if (message.startsDay) row.append(h('p', { class: 'day' }, formatDay(message.atMs)));
  if (context.thread.firstUnread === message.key) row.append(h('p', { class: 'unread-line' }, h('span', {}, t('newMessages'))));
  row.append(message.kind === 'announcement' ? announcement(message, context) : said(message, context));
  if (message.delivery?.state === 'failed') row.append(failure(message, context));
  return row;
}

function said(message, context) {
  const isNamed = !message.isMine && message.startsGroup;
  const name = h('span', { class: isNamed ? 'author' : 'visually-hidden', dir: 'auto' }, isNamed ? message.author : message.isMine ? t('saidByYou') : t('saidBy', { name: message.author }));
  const bubble = h('div', { class: 'bubble' }, name, content(message, context));
  const sign = message.isMine ? null : message.startsGroup ? avatar(message.author) : h('span', { class: 'avatar-gap' });
  return h('div', { class: 'said' }, sign, bubble);
}

function announcement(message, context) {
  const label = t(message.isDirect ? 'announcementDirect' : 'announcement');
  return h(
    'div', { class: 'announcement' },
    h('p', { class: 'announcement-label' }, icon('megaphone'), label),
    content(message, context),
  );
}

function content(message, context) {
  return h('div', { class: 'content' }, textOf(message, context), meta(message));
}

function textOf(message, context) {
  const isClipped = message.text.length > CLIP_CHARS && !message.isWhole;
  const text = isClipped ? `${message.text.slice(0, CLIP_CHARS)}…` : message.text;
  const body = h('p', { class: message.isData ? 'text data' : 'text', dir: 'auto' }, text);
  if (!isClipped) return body;
  return h('div', {}, body, h('button', { class: 'link', type: 'button', onclick: () => context.onExpand(message) }, t('showAll')));
}

function meta(message) {
  const time = message.atMs === null ? null : h('time', { datetime: new Date(message.atMs).toISOString() }, formatTime(message.atMs));
  return h('span', { class: 'meta' }, time, message.delivery ? deliveryOf(message.delivery) : null);
}

function deliveryOf({ state, recipients, isDirect }) {
  if (state === 'queued') return sign('clock', t('queued'));
  if (state === 'sending') return sign('clock', t('sending'));
  if (state === 'failed') return null;
  if (!isDirect) return sign('check', t('sent'));
  return sign('checks', t('deliveredTo', { n: recipients }), true);
}

function sign(name, text, isShown = false) {
  return h('span', { class: 'delivery', title: text }, icon(name), h('span', { class: isShown ? 'delivery-text' : 'visually-hidden' }, text));
}

function failure(message, { thread, onRetry, onDiscard }) {
  const { id, reason } = message.delivery;
  const why = reason?.key ? t(reason.key, { name: thread.name }) : (reason?.text ?? '');
  return h(
    'div', { class: 'failure' },
    h('span', { class: 'failure-text' }, icon('alert'), h('span', {}, t('failed', { reason: why }))),
    h('span', { class: 'failure-actions' },
      h('button', { class: 'link', type: 'button', onclick: () => onRetry(id) }, t('retry')),
      h('button', { class: 'link', type: 'button', onclick: () => onDiscard(id) }, t('discard'))),
  );
}
