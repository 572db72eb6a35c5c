// Who is here, from the server's list of connections. Pure.

import { foldName } from './content.js';

const collator = new Intl.Collator(undefined, { sensitivity: 'base', numeric: true });

export class People {
  constructor() {
    this.list = [];
    this.byKey = new Map();
    this.connections = 0;
  }

  /** Take a `user_list`: one entry a connection, grouped here by user. */
  update(users) {
    const byKey = new Map();
    for (const { username, userId } of users) {
      const key = `@${foldName(username)}`;
      const person = byKey.get(key);
      if (person) person.connections += 1;
      else byKey.set(key, { key, name: username, userId, connections: 1 });
    }
    this.byKey = byKey;
    this.connections = users.length;
    this.list = [...byKey.values()].sort((a, b) => collator.compare(a.name, b.name));
  }

  isHere(key) {
    return this.byKey.has(key);
  }

  /** Return the people whose name has these letters in it, the one with `firstKey` before all others. */
  find(letters, firstKey) {
    const wanted = foldName(letters.trim());
    const found = wanted ? this.list.filter((person) => person.key.includes(wanted)) : this.list;
    const first = found.find((person) => person.key === firstKey);
    return first ? [first, ...found.filter((person) => person !== first)] : found;
  }
}
