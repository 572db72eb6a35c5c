// Which conversation is open, in the address: `#everyone`, `#with=Ben`, or nothing (the list, on a phone).
// So the back button of a phone works, and a reload comes back to the same place.

import { EVERYONE, threadKey } from './threads.js';

/** Return the key that an address means, `null` for none. @param {string} hash */
export function keyOf(hash) {
  if (hash === '#everyone') return EVERYONE;
  if (!hash.startsWith('#with=')) return null;
  try {
    return threadKey(decodeURIComponent(hash.slice(6)));
  } catch {
    return null;
  }
}

/** Return the address of a thread. @param {{key: string, name: string}} thread */
export function hashOf(thread) {
  return thread.key === EVERYONE ? '#everyone' : `#with=${encodeURIComponent(thread.name)}`;
}

/** Return the code of `?invite=CODE` in an address, empty if there is none. @param {Pick<Location, 'search'>} location */
export function inviteOf(location) {
  return new URLSearchParams(location.search).get('invite') ?? '';
}

/**
 * Take the invitation out of the address. Not before it was used: who reloads the page, or opens it in another
 * browser than the one that read the QR code, still needs it.
 *
 * @param {Pick<Location, 'search' | 'pathname' | 'hash'>} location
 * @param {Pick<History, 'replaceState'>} history
 */
export function dropInvite(location, history) {
  const query = new URLSearchParams(location.search);
  if (!query.has('invite')) return;
  query.delete('invite');
  const rest = query.toString();
  history.replaceState(null, '', `${location.pathname}${rest ? `?${rest}` : ''}${location.hash}`);
}
