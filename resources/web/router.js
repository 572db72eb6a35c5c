// Which conversation is open, in the address: `#everyone`, `#with=Ben`, or nothing (the list, on a phone).
// So the back button of a phone works, and a reload comes back to the same place.

import { EVERYONE, threadKey } from './threads.js';

/** Return the key that an address means, `null` for none. */
export function keyOf(hash) {
  if (hash === '#everyone') return EVERYONE;
  if (!hash.startsWith('#with=')) return null;
  try {
    return threadKey(decodeURIComponent(hash.slice(6)));
  } catch {
    return null;
  }
}

/** Return the name in an address, empty if there is none. */
export function nameOf(hash) {
  return keyOf(hash)?.startsWith('@') ? decodeURIComponent(hash.slice(6)) : '';
}

/** Return the address of a thread. */
export function hashOf(thread) {
  return thread.key === EVERYONE ? '#everyone' : `#with=${encodeURIComponent(thread.name)}`;
}

/** Take `?invite=CODE` out of the address and return the code, empty if there is none. */
export function takeInvite(location, history) {
  const query = new URLSearchParams(location.search);
  const code = query.get('invite') ?? '';
  if (query.has('invite')) {
    query.delete('invite');
    const rest = query.toString();
    history.replaceState(null, '', `${location.pathname}${rest ? `?${rest}` : ''}${location.hash}`);
  }
  return code;
}
