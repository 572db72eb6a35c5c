// The server's time. A phone's own clock may be wrong by a day, so it is never compared with the server's:
// what counts is the server's last time and how long ago, on a clock that nobody sets, it was heard.

import { locales, t } from './strings.js';

/** @type {Map<string, Intl.DateTimeFormat>} made once for each language: that is slow */
const formats = new Map();

/** @param {'time' | 'date' | 'day'} kind @param {Intl.DateTimeFormatOptions} options */
function formatOf(kind, options) {
  const key = `${kind} ${locales()}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locales(), options);
  formats.set(key, format);
  return format;
}

export class ServerClock {
  /** @param {() => number} monotonic milliseconds since some start */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
    /** @type {number | null} */
    this.serverMs = null;
    this.heardAtMs = 0;
  }

  /** Note a `timestamp` of the server; returns it in milliseconds. @param {string} timestamp */
  hear(timestamp) {
    const serverMs = Date.parse(timestamp);
    if (Number.isNaN(serverMs)) return this.now();
    this.serverMs = serverMs;
    this.heardAtMs = this.monotonic();
    return serverMs;
  }

  /** Return the server's time now, in milliseconds; `null` before it was heard. */
  now() {
    return this.at(this.monotonic());
  }

  /** Return what the server's time was at a time of our own clock. @param {number} monotonicMs */
  at(monotonicMs) {
    return this.serverMs === null ? null : this.serverMs + (monotonicMs - this.heardAtMs);
  }
}

/** Return the time of day, `12:34`; empty for `null`. @param {number | null} ms */
export function formatTime(ms) {
  return ms === null ? '' : formatOf('time', { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/**
 * Return the line that stands for a time in which nothing was heard.
 *
 * @param {number | null} fromMs
 * @param {number | null} toMs
 */
export function gapText(fromMs, toMs) {
  const isOneDay = formatDay(fromMs) === formatDay(toMs);
  const [from, to] = [fromMs, toMs].map((ms) => (isOneDay ? formatTime(ms) : `${formatDay(ms)}, ${formatTime(ms)}`));
  return from === to ? t('gapMoment', { at: from }) : t('gap', { from, to });
}

/** Return the day with its year; empty for `null`. @param {number | null} ms */
export function formatDate(ms) {
  return ms === null ? '' : formatOf('date', { dateStyle: 'full' }).format(ms);
}

/** Return the day, `Monday 23 November`; empty for `null`. @param {number | null} ms */
export function formatDay(ms) {
  return ms === null ? '' : formatOf('day', { weekday: 'long', day: 'numeric', month: 'long' }).format(ms);
}
