// What a close code means: what to do next, and what to say. The table is the contract's.

export const PAUSE_MS = 10_000;

const RETRY = { next: 'retry', notice: 'statusWaiting' };

const PLANS = {
  1001: { next: 'retry', notice: 'statusStopped' },
  1009: { next: 'retry', notice: 'statusTooBig', isFrameRefused: true },
  4001: RETRY,
  4003: { next: 'login', notice: 'endedExpired' },
  4004: { next: 'login', notice: 'endedAccount' },
  4005: { next: 'pause', notice: 'statusKicked' },
  4006: { next: 'end', notice: 'bannedText' },
  4008: { next: 'retry', notice: 'statusSlow' },
  4009: { next: 'pause', notice: 'statusFlooding' },
  4010: { next: 'login', notice: 'endedSecret' },
};

/** Return `{next, notice}` for a close code: retry, pause (then retry), login or end. */
export function planFor(code) {
  return PLANS[code] ?? RETRY;
}

const REASONS = { expired: 'endedExpired', revoked: 'endedAccount', unknown_user: 'endedAccount', disabled: 'endedDisabled' };

/** Return the text for a refused token. */
export function noticeForReason(reason) {
  return REASONS[reason] ?? 'endedToken';
}

/** On a local network a try costs next to nothing, and after a restart all should be back soon. */
export const LONGEST_WAIT_MS = 8_000;

/** Return how long to wait before try number `attempt` (from 0): doubling from 1 s, and at random down to half. */
export function backoffMs(attempt, random = Math.random) {
  const ceiling = Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
