// A round sign for a person or for everyone; says nothing to screen readers.

import { hueOf, initial } from '../content.js';
import { h, icon } from '../dom.js';

/** Return an avatar; `isHere` adds the dot of those who are here. @param {string} name */
export function avatar(name, isHere = false) {
  return h('span', { class: `avatar hue-${hueOf(name)}`, 'aria-hidden': 'true', 'data-here': isHere }, initial(name));
}

export function everyoneAvatar() {
  return h('span', { class: 'avatar everyone', 'aria-hidden': 'true' }, icon('users'));
}
