// What the server says of a ban, taken apart: until when, and why.

const WORDS = /^(?:banned by the host|The host has banned this \w+)(?: until (\d{4}-\d\d-\d\dT\d\d:\d\dZ))?(?:: (.*?))?\.?$/s;

/** @typedef {{untilMs: number | null, reason: string}} Ban `untilMs` is the server's time, `null` for no end */

/** Return what a ban says; where the words are others, nothing of it is known. @param {string} words @returns {Ban} */
export function readBan(words) {
  const [, until, reason] = WORDS.exec(words) ?? [];
  return { untilMs: until ? Date.parse(until) : null, reason: reason ?? '' };
}
