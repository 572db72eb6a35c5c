// Who is logged in on this device. The token is kept in localStorage, so all tabs share one login; where a
// browser forbids that, it lasts as long as the page.

const KEY = 'authws.session';

/**
 * @typedef {object} SafeStorage
 * @property {(key: string) => string | null} get
 * @property {(key: string, value: string) => void} set
 * @property {(key: string) => void} remove
 */
/** @typedef {{token: string, user: import('./frames').WireUser}} LoggedIn */

/**
 * Return a storage that works even where the browser refuses one.
 *
 * @param {'localStorage' | 'sessionStorage'} kind
 * @returns {SafeStorage}
 */
export function safeStorage(kind) {
  /** @type {Map<string, string>} */
  const memory = new Map();
  /** @template T @param {(real: Storage) => T} act @param {() => T} otherwise */
  const use = (act, otherwise) => {
    try {
      return act(globalThis[kind]);
    } catch {
      return otherwise();
    }
  };
  return {
    get: (key) => use((real) => real.getItem(key), () => memory.get(key) ?? null),
    set: (key, value) => use((real) => real.setItem(key, value), () => void memory.set(key, value)),
    remove: (key) => use((real) => real.removeItem(key), () => void memory.delete(key)),
  };
}

/**
 * Return a stored JSON value, or `otherwise` if there is none that can be read.
 *
 * @template T
 * @param {SafeStorage} storage
 * @param {string} key
 * @param {T} otherwise
 * @returns {T}
 */
export function readJson(storage, key, otherwise) {
  try {
    return JSON.parse(storage.get(key) ?? 'null') ?? otherwise;
  } catch {
    return otherwise;
  }
}

export class Session {
  /** @param {SafeStorage} storage */
  constructor(storage) {
    this.storage = storage;
    this.current = this.#load();
  }

  /** @returns {LoggedIn | null} */
  #load() {
    const value = readJson(this.storage, KEY, /** @type {Partial<LoggedIn> | null} */ (null));
    if (typeof value?.token !== 'string' || typeof value.user?.username !== 'string') return null;
    return { token: value.token, user: value.user };
  }

  /** Keep the answer of register, login or refresh. @param {LoggedIn} answer */
  save({ token, user }) {
    this.current = { token, user };
    this.storage.set(KEY, JSON.stringify(this.current));
  }

  clear() {
    this.current = null;
    this.storage.remove(KEY);
  }

  /** Look again at what another tab may have stored; `true` if the token is another one now. */
  reload() {
    const before = this.current?.token ?? null;
    this.current = this.#load();
    return (this.current?.token ?? null) !== before;
  }

  /** Call back when another tab logs in, renews or logs out. @param {Window} target @param {() => void} onChange */
  watch(target, onChange) {
    target.addEventListener('storage', (event) => {
      if ((event.key === KEY || event.key === null) && this.reload()) onChange();
    });
  }
}
