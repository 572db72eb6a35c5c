// What a person is told when a connection has ended. What the client does then, `client.js` knows.

/** @typedef {import('./strings.js').TextKey} TextKey */

/** @type {Record<number, TextKey>} */
const NOTICES = {
  1001: 'statusStopped',
  1009: 'statusTooBig',
  4003: 'endedExpired',
  4004: 'endedAccount',
  4005: 'statusKicked',
  4006: 'bannedText',
  4008: 'statusSlow',
  4009: 'statusFlooding',
  4010: 'endedSecret',
};

/** @type {Record<string, TextKey>} */
const REASONS = { banned: 'bannedText', expired: 'endedExpired', revoked: 'endedAccount', unknown_user: 'endedAccount', disabled: 'endedDisabled' };

/** Return what to say of an end. @param {Pick<import('./client').Closed, 'code' | 'reason'>} closed @returns {TextKey} */
export function noticeOf({ code, reason }) {
  return code === 0 ? (REASONS[reason] ?? 'endedToken') : (NOTICES[code] ?? 'statusWaiting');
}
