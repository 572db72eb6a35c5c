// The addresses in a text. Only those of the web, written out: what leads elsewhere, or looks like something that
// it is not, stays text.

const ADDRESS = /\bhttps?:\/\/[^\s<>"“”„«»\p{C}]+/giu;
const TRAILING = /[.,;:!?'’…]$/u;
/** @type {Record<string, string>} */
const OPENING = { ')': '(', ']': '[', '}': '{' };

/**
 * Split a text into what is an address (`href`) and what is not.
 *
 * @param {string} text
 * @returns {{text: string, href: string | null}[]} joined, their texts are the whole text
 */
export function splitLinks(text) {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(found);
    const href = hrefOf(address);
    if (href === null) continue;
    if (index > end) parts.push({ text: text.slice(end, index), href: null });
    parts.push({ text: address, href });
    end = index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null });
  return parts;
}

/** Leave out what belongs to the sentence around an address. @param {string} address */
function withoutTrailing(address) {
  for (let rest = address; ; rest = rest.slice(0, -1)) {
    const last = rest.at(-1) ?? '';
    const opening = OPENING[last];
    const isUnpaired = opening && rest.split(last).length > rest.split(opening).length;
    if (!TRAILING.test(rest) && !isUnpaired) return rest;
  }
}

/** @param {string} address */
function hrefOf(address) {
  try {
    const url = new URL(address);
    // With a name in it, `bank.example@elsewhere` would look like the bank.
    return url.username || url.password ? null : url.href;
  } catch {
    return null;
  }
}
