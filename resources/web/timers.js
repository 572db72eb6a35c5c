// Time, as the client's modules are given it; tests give them their own.

/**
 * @typedef {object} Timers
 * @property {(act: () => void, ms: number) => number} set calls back once, later
 * @property {(timer: number | null) => void} clear
 * @property {() => number} now milliseconds on a clock that nobody sets
 */

/** @type {Timers} */
export const timers = {
  set: (act, ms) => setTimeout(act, ms),
  clear: (timer) => clearTimeout(timer ?? undefined),
  now: () => performance.now(),
};
