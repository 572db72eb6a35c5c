// What a message says, as text. Content is any JSON value; it is never read as HTML.

export const PREVIEW_CHARS = 140;

/** Return `{text, isData}`: a string, or `{text: "…"}`, as it is; anything else, and what is blank, as compact JSON. */
export function readContent(content) {
  // Words that are none would leave an empty bubble.
  if (typeof content === 'string' && content.trim()) return { text: content, isData: false };
  if (content !== null && typeof content === 'object' && typeof content.text === 'string' && content.text.trim()) {
    return { text: content.text, isData: false };
  }
  return { text: JSON.stringify(content) ?? 'null', isData: true };
}

/** Return one short line for a list or an announcement. */
export function preview(text, limit = PREVIEW_CHARS) {
  const line = text.slice(0, limit * 4).replace(/\s+/gu, ' ').trim();
  const characters = [...line];
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : line;
}

/** Return the form in which usernames are compared (the server's: NFKC and case folding). */
export function foldName(name) {
  return name.normalize('NFKC').toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ').normalize('NFKC');
}

/** Return the letter on somebody's avatar. */
export function initial(name) {
  return ([...name][0] ?? '?').toUpperCase();
}

/** Return one of `count` numbers, always the same for a name. */
export function hueOf(name, count = 8) {
  let hash = 0;
  for (const character of foldName(name)) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return hash % count;
}
