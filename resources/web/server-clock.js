// The server's time. A phone's own clock may be wrong by a day, so it is never compared with the server's:
// what counts is the server's last time and how long ago, on a clock that nobody sets, it was heard.

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

export class ServerClock {
  /** @param {() => number} monotonic milliseconds since some start */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
    this.serverMs = null;
    this.heardAtMs = 0;
  }

  /** Note a `timestamp` of the server; returns it in milliseconds. */
  hear(timestamp) {
    const serverMs = Date.parse(timestamp);
    if (Number.isNaN(serverMs)) return this.now();
    this.serverMs = serverMs;
    this.heardAtMs = this.monotonic();
    return serverMs;
  }

  /** Return the server's time now, in milliseconds; `null` before it was heard. */
  now() {
    return this.serverMs === null ? null : this.serverMs + (this.monotonic() - this.heardAtMs);
  }
}

/** Return the time of day, `12:34`; empty for `null`. */
export function formatTime(ms) {
  return ms === null ? '' : timeFormat.format(ms);
}

/** Return the day, `Monday 23 November`; empty for `null`. */
export function formatDay(ms) {
  return ms === null ? '' : dayFormat.format(ms);
}
