// The announcement that stays on top until the host takes it down, or the person here has read it.

const DISMISSED_KEY = 'authws.dismissed';

export class Pinned {
  /** @param {import('./session.js').SafeStorage} storage of what was dismissed */
  constructor(storage) {
    this.storage = storage;
    /** @type {{id: string, text: string} | null} */
    this.current = null;
    this.isDoubtful = false;
  }

  /** What is to be shown: nothing that was dismissed. */
  get shown() {
    return this.current && this.storage.get(DISMISSED_KEY) !== this.current.id ? this.current : null;
  }

  /** @param {string} id @param {string} text */
  pin(id, text) {
    this.current = { id, text };
    this.isDoubtful = false;
  }

  /** The host took one down. @param {string} id */
  unpin(id) {
    if (this.current?.id === id) this.current = null;
  }

  /** A new connection: what is still pinned comes again, before the list of who is here. */
  doubt() {
    this.isDoubtful = true;
  }

  /** All that is pinned has come. */
  settle() {
    if (this.isDoubtful) this.current = null;
    this.isDoubtful = false;
  }

  dismiss() {
    if (this.current) this.storage.set(DISMISSED_KEY, this.current.id);
  }
}
