// What a message is besides words: a poll whose bars fill in, or a picture.

import { countVotes } from '../conventions.js';
import { h } from '../dom.js';
import { fitted } from '../pictures.js';
import { t } from '../strings.js';

/** So wide or high a picture is shown at most. */
const SHOWN_PX = 480;

/**
 * Return a poll: the question, and for each option a button with its bar.
 *
 * @param {import('../conventions.js').Poll} poll
 * @param {string | null} myKey
 * @param {(option: number) => void} onVote
 */
export function pollView(poll, myKey, onVote) {
  const counts = countVotes(poll);
  const sum = counts.reduce((all, count) => all + count, 0);
  const mine = myKey === null ? undefined : poll.votes[myKey];
  const options = poll.options.map((text, index) => {
    const share = sum ? Math.round((100 * counts[index]) / sum) : 0;
    const bar = h('meter', { class: 'poll-bar', min: '0', max: '100', value: String(share), 'aria-hidden': 'true' });
    const button = h(
      'button', { class: 'poll-option', type: 'button', 'aria-pressed': String(mine === index), onclick: () => onVote(index) },
      h('span', { class: 'poll-line' }, h('span', { dir: 'auto' }, text), h('span', { class: 'poll-count' }, t('votes', { n: counts[index] }))), bar,
    );
    return h('li', {}, button);
  });
  return h('div', { class: 'poll' }, h('p', { class: 'poll-question', dir: 'auto' }, poll.question), h('ul', { class: 'poll-options' }, ...options));
}

/** Return a picture; its words for who cannot see it. @param {import('../conventions.js').Picture} picture @param {string} author */
export function pictureView({ data, ...size }, author) {
  const { width, height } = fitted(size.width, size.height, SHOWN_PX);
  return h('img', { class: 'picture', src: data, width: String(width), height: String(height), alt: t('pictureOf', { name: author }), decoding: 'async' });
}
