// What this client understands in `content` besides words: hands, polls, votes, pictures. The server knows nothing
// of them. Each has a `text` for other clients; whatever has wrong fields is none of these, and is shown as text.

export const MOST_OPTIONS = 10;
const MOST_QUESTION_CHARS = 500;
const MOST_OPTION_CHARS = 100;
const MOST_ID_CHARS = 64;
export const MOST_IMAGE_CHARS = 420_000;
const MOST_IMAGE_PX = 10_000;
const IMAGE = /^data:image\/(?:jpeg|png|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

/** @typedef {{kind: 'hand', isRaised: boolean}} Hand */
/** @typedef {{kind: 'poll', id: string, question: string, options: string[], votes: Record<string, number>}} Poll votes by voter, as numbers of options */
/** @typedef {{kind: 'vote', poll: string, option: number}} Vote */
/** @typedef {{kind: 'image', data: string, width: number, height: number}} Picture */

/** Return what a content is besides words, `null` if it is nothing else. @param {unknown} content @returns {Hand | Poll | Vote | Picture | null} */
export function readConvention(content) {
  if (content === null || typeof content !== 'object' || Array.isArray(content) || !('kind' in content)) return null;
  /** @type {Record<string, unknown>} */
  const fields = { ...content };
  switch (fields.kind) {
    case 'hand':
      return readHand(fields);
    case 'poll':
      return readPoll(fields);
    case 'vote':
      return readVote(fields);
    case 'image':
      return readImage(fields);
    default:
      return null;
  }
}

/** Whether a content is done and not shown: a hand or a vote. @param {unknown} content */
export function isSignal(content) {
  const found = readConvention(content);
  return found?.kind === 'hand' || found?.kind === 'vote';
}

/** @param {unknown} value @param {number} most @returns {value is string} */
const isText = (value, most) => typeof value === 'string' && value.trim() !== '' && value.length <= most;

/** @param {unknown} value @param {number} most @returns {value is number} */
const isCount = (value, most) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;

/** @param {Record<string, unknown>} fields @returns {Hand | null} */
function readHand({ raised = true }) {
  return typeof raised === 'boolean' ? { kind: 'hand', isRaised: raised } : null;
}

/** @param {Record<string, unknown>} fields @returns {Poll | null} */
function readPoll({ id, question, options }) {
  if (!isText(id, MOST_ID_CHARS) || !isText(question, MOST_QUESTION_CHARS) || !Array.isArray(options)) return null;
  const texts = options.filter((option) => isText(option, MOST_OPTION_CHARS));
  if (texts.length !== options.length || texts.length < 2 || texts.length > MOST_OPTIONS) return null;
  return { kind: 'poll', id, question, options: texts, votes: {} };
}

/** @param {Record<string, unknown>} fields @returns {Vote | null} */
function readVote({ poll, option }) {
  return isText(poll, MOST_ID_CHARS) && isCount(option, MOST_OPTIONS - 1) ? { kind: 'vote', poll, option } : null;
}

/** @param {Record<string, unknown>} fields @returns {Picture | null} */
function readImage({ data, width, height }) {
  const isPicture = typeof data === 'string' && data.length <= MOST_IMAGE_CHARS && IMAGE.test(data);
  return isPicture && isCount(width, MOST_IMAGE_PX) && isCount(height, MOST_IMAGE_PX) && width && height
    ? { kind: 'image', data, width, height }
    : null;
}

/** Return how many chose each option. @param {Poll} poll */
export function countVotes({ options, votes }) {
  const counts = options.map(() => 0);
  for (const option of Object.values(votes)) if (option < counts.length) counts[option] += 1;
  return counts;
}

/** Return a poll from what somebody typed: the question, then an option a line; `null` if it is none. @param {string} id @param {string} typed */
export function pollOf(id, typed) {
  const [question = '', ...options] = typed.split('\n').map((one) => one.trim()).filter(Boolean);
  const content = { kind: 'poll', id, question, options, text: [question, ...options.map((one, index) => `${index + 1}. ${one}`)].join('\n') };
  return readConvention(content) ? content : null;
}
