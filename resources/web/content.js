// What a message says, as text. Content is any JSON value; it is never read as HTML.

export const PREVIEW_CHARS = 140;

/**
 * Return a string, or `{text: "…"}`, as it is; anything else, and what is blank, as JSON (`isData`).
 *
 * @param {unknown} content
 * @param {() => string | null} source tells how it was written
 * @returns {{text: string, isData: boolean}}
 */
export function readContent(content, source = () => null) {
  // Words that are none would leave an empty bubble.
  if (typeof content === 'string' && content.trim()) return { text: content, isData: false };
  if (content !== null && typeof content === 'object' && 'text' in content) {
    const { text } = content;
    if (typeof text === 'string' && text.trim()) return { text, isData: false };
  }
  return { text: source() ?? JSON.stringify(content) ?? 'null', isData: true };
}

const CLIP_CHARS = 4_000;
const CLIP_LINES = 40;
/** What a browser breaks a line at. */
const BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;

/** Return the beginning of a text that is too long, or too high, to be shown whole at once; else `null`. @param {string} text */
export function clip(text) {
  let end = text.length > CLIP_CHARS ? CLIP_CHARS : text.length;
  let lines = 0;
  for (const { index } of text.slice(0, end).matchAll(BREAK)) {
    lines += 1;
    if (lines === CLIP_LINES) end = index;
  }
  return end < text.length ? text.slice(0, end) : null;
}

/** Return one short line for a list or an announcement. @param {string} text */
export function preview(text, limit = PREVIEW_CHARS) {
  const line = text.slice(0, limit * 4).replace(/\s+/gu, ' ').trim();
  const characters = [...line];
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : line;
}

/** Return the form in which usernames are compared (the server's: NFKC and case folding). @param {string} name */
export function foldName(name) {
  return name.normalize('NFKC').toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ').normalize('NFKC');
}

/** Return the letter on somebody's avatar. @param {string} name */
export function initial(name) {
  return ([...name][0] ?? '?').toUpperCase();
}

/** Return one of `count` numbers, always the same for a name. @param {string} name */
export function hueOf(name, count = 8) {
  let hash = 0;
  for (const character of foldName(name)) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % count;
}
