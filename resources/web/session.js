// Who is logged in on this device. The token is kept in localStorage, so all tabs share one login; where a
// browser forbids that, it lasts as long as the page.

const KEY = 'authws.session';

/** Return a storage that works even where the browser refuses one. */
export function safeStorage(kind) {
  const memory = new Map();
  const use = (act, otherwise) => {
    try {
      return act(globalThis[kind]);
    } catch {
      return otherwise();
    }
  };
  return {
    get: (key) => use((real) => real.getItem(key), () => memory.get(key) ?? null),
    set: (key, value) => use((real) => real.setItem(key, value), () => memory.set(key, value)),
    remove: (key) => use((real) => real.removeItem(key), () => memory.delete(key)),
  };
}

/** Return a stored JSON value, or `otherwise` if there is none that can be read. */
export function readJson(storage, key, otherwise) {
  try {
    return JSON.parse(storage.get(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export class Session {
  /** @param {object} storage as `safeStorage` gives it */
  constructor(storage) {
    this.storage = storage;
    this.current = this.#load();
  }

  #load() {
    const value = readJson(this.storage, KEY, null);
    const isWhole = typeof value?.token === 'string' && typeof value?.user?.username === 'string';
    return isWhole ? { token: value.token, user: value.user } : null;
  }

  /** Keep the answer of register, login or refresh. */
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

  /** Call back when another tab logs in, renews or logs out. */
  watch(target, onChange) {
    target.addEventListener('storage', (event) => {
      if ((event.key === KEY || event.key === null) && this.reload()) onChange();
    });
  }
}

const LONGEST_TIMER_MS = 24 * 3600 * 1000;

/** Return when to renew a token: after four fifths of what is left of its life, both times the server's own. */
export function renewalDelayMs(timestamp, expiresAt) {
  const leftMs = Date.parse(expiresAt) - Date.parse(timestamp);
  return Number.isNaN(leftMs) ? LONGEST_TIMER_MS : Math.max(1_000, Math.min(LONGEST_TIMER_MS, leftMs * 0.8));
}
