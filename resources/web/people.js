// Who is here, from the server's list of connections. Pure.

import { foldName } from './content.js';

/** @typedef {import('./frames').WirePresence} WirePresence */
/** @typedef {{key: string, name: string, userId: string, connections: number, role: string}} Person */

const collator = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

export class People {
  constructor() {
    /** @type {Map<string, WirePresence>} connections by their ids */
    this.present = new Map();
    /** @type {Person[]} sorted by name */
    this.list = [];
    /** @type {Map<string, Person>} */
    this.byKey = new Map();
  }

  /** Take a `user_list`: one entry a connection. @param {WirePresence[]} users */
  update(users) {
    this.present = new Map(users.map((user) => [user.id, user]));
    this.#group();
  }

  /** Take what has changed since. @param {WirePresence[]} joined @param {string[]} left ids of connections */
  change(joined, left) {
    for (const id of left) this.present.delete(id);
    for (const user of joined) this.present.set(user.id, user);
    this.#group();
  }

  /** Return the name of somebody by an id of the user or of a connection, `null` if nobody here has it. @param {string} id */
  nameOf(id) {
    const found = this.present.get(id) ?? [...this.present.values()].find(({ userId }) => userId === id);
    return found?.username ?? null;
  }

  /** One entry a connection, grouped by user. */
  #group() {
    /** @type {Map<string, Person>} */
    const byKey = new Map();
    for (const { username, userId, role = '' } of this.present.values()) {
      const key = `@${foldName(username)}`;
      const person = byKey.get(key);
      if (person) person.connections += 1;
      else byKey.set(key, { key, name: username, userId, connections: 1, role });
    }
    this.byKey = byKey;
    this.list = [...byKey.values()].sort((a, b) => collator.compare(a.name, b.name));
  }

  /** Return what somebody here may do, empty if it is not known. @param {string} key */
  roleOf(key) {
    return this.byKey.get(key)?.role ?? '';
  }

  /** Those who lead. */
  get hosts() {
    return this.list.filter(({ role }) => role === 'host');
  }

  /** @param {string} key */
  isHere(key) {
    return this.byKey.has(key);
  }

  /**
   * Return the people whose name has these letters in it, the one with `firstKey` before all others.
   *
   * @param {string} letters
   * @param {string | null} firstKey
   */
  find(letters, firstKey) {
    const wanted = foldName(letters.trim());
    const found = wanted ? this.list.filter((person) => person.key.includes(wanted)) : this.list;
    const first = found.find((person) => person.key === firstKey);
    return first ? [first, ...found.filter((person) => person !== first)] : found;
  }
}
