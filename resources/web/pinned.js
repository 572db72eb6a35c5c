// The announcement on top: the newest until the person here has read it; one that is pinned until the host takes it down.

const DISMISSED_KEY = 'authws.dismissed';

export class Pinned {
  /** @param {import('./session.js').SafeStorage} storage of what was dismissed */
  constructor(storage) {
    this.storage = storage;
    /** @type {{id: string, text: string} | null} */
    this.current = null;
    /** @type {{id: string, text: string} | null} said once, after what is pinned */
    this.said = null;
    this.isDoubtful = false;
  }

  /** What is to be shown: nothing that was dismissed. */
  get shown() {
    if (this.said) return this.said;
    return this.current && this.storage.get(DISMISSED_KEY) !== this.current.id ? this.current : null;
  }

  /** @param {string} id @param {string} text */
  pin(id, text) {
    if (this.current?.id !== id) this.said = null;
    this.current = { id, text };
    this.isDoubtful = false;
  }

  /** The host said something that does not stay. @param {string} id @param {string} text */
  say(id, text) {
    if (this.current?.id !== id) this.said = { id, text };
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
    if (this.said) this.said = null;
    else if (this.current) this.storage.set(DISMISSED_KEY, this.current.id);
  }
}
