// After a restart of the server, what was written meanwhile waits a little for those who were here before: the
// server keeps no messages, and a room that is still empty would lose them.

import { LONGEST_WAIT_MS } from './connection.js';

// So long after its start, a server's clients are on their way back (see LONGEST_WAIT_MS).
const SETTLING_S = LONGEST_WAIT_MS / 1000 + 2;

export class Settling {
  /**
   * @param {object} deps
   * @param {import('./timers.js').Timers} deps.timers
   * @param {import('./store.js').Store} deps.store
   * @param {() => Promise<{uptimeSeconds: number} | null>} deps.status of the server
   * @param {() => void} deps.onEnd
   */
  constructor({ timers, store, status, onEnd }) {
    this.timers = timers;
    this.store = store;
    this.status = status;
    this.onEnd = onEnd;
    /** @type {Set<string>} keys of those who were here before */
    this.awaited = new Set();
    this.isOn = false;
    this.round = 0;
    /** @type {number | null} */
    this.timer = null;
  }

  /** The connection is back; `isNeeded` if something waits to be sent. @param {boolean} isNeeded */
  async begin(isNeeded) {
    this.isOn = isNeeded;
    const round = ++this.round;
    const uptimeS = (await this.status())?.uptimeSeconds ?? SETTLING_S;
    if (!this.isOn || this.round !== round) return;
    this.timer = this.timers.set(() => this.#end(), Math.max(0, SETTLING_S - uptimeS) * 1000);
    this.peopleChanged();
  }

  /** Go on at once if all are back. */
  peopleChanged() {
    if (this.timer === null || !this.store.isCurrent) return;
    if ([...this.awaited].every((key) => this.store.people.isHere(key))) this.#end();
  }

  /** The connection ended: those who are here now are waited for. */
  stop() {
    this.#clear();
    this.round += 1;
    const { people, myKey } = this.store;
    this.awaited = new Set([...people.byKey.keys()].filter((key) => key !== myKey));
    this.store.isCurrent = false;
  }

  #end() {
    this.#clear();
    this.onEnd();
  }

  #clear() {
    this.timers.clear(this.timer);
    this.timer = null;
    this.isOn = false;
  }
}
