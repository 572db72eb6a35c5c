// JSON as it was written. Parsing and writing it again would change it: a number of 20 digits loses its last ones,
// `1.0` becomes `1`, and a member that stands there twice is one.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gs;

/**
 * Return how a member of an object was written, `null` if it has none by this name.
 *
 * @param {string} text a valid JSON object
 * @param {string} name
 */
export function memberSource(text, name) {
  let depth = 0;
  let key = '';
  let from = -1;
  /** @type {string | null} */
  let found = null;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '}' || token === ']') depth -= 1;
    const isEnd = (token === ',' && depth === 1) || depth === 0;
    if (isEnd && from >= 0) {
      // The last one of several counts, as for the parser.
      if (key === name) found = text.slice(from, index).trim();
      from = -1;
    } else if (token === ':' && depth === 1) {
      from = index + 1;
    } else if (depth === 1 && from < 0 && token.startsWith('"')) {
      key = JSON.parse(token);
    }
    if (token === '{' || token === '[') depth += 1;
  }
  return found;
}

/** Return how each element of an array was written. @param {string} text a valid JSON array */
export function arraySources(text) {
  /** @type {string[]} */
  const found = [];
  let depth = 0;
  let from = 1;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth += 1;
    const isEnd = (token === ',' || token === ']') && depth === 1;
    if (token === '}' || token === ']') depth -= 1;
    if (!isEnd) continue;
    const element = text.slice(from, index).trim();
    if (element) found.push(element);
    from = index + 1;
  }
  return found;
}
