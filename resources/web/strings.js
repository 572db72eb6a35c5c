// Every text that a person reads, in English; other languages are in words/ and are loaded when they are spoken. A
// text with forms is chosen by {n}; names in braces are filled in.

export const EN = {
  appName: 'Authws',

  // Login
  loginTitle: 'Welcome',
  joining: 'You are joining {host}',
  invited: 'You have been invited. Choose a name and a password.',
  modeLogin: 'Log in',
  modeRegister: 'Create account',
  modeGuest: 'Name only',
  guestHint: 'No password: you are in until the event ends. 2 to 64 letters and digits',
  guestsOff: 'The host lets nobody in by name alone any more. Log in, or create an account.',
  submitGuest: 'Join',
  username: 'Name',
  usernameHint: '2 to 64 letters and digits, single blanks, and . _ - @ + \'',
  password: 'Password',
  passwordHint: 'At least 8 characters',
  approvalHint: 'At least 8 characters. The host lets each newcomer in.',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  submitLogin: 'Log in',
  submitRegister: 'Create account and join',
  submitBusy: 'One moment …',
  submitWait: 'Wait {time}',
  registrationClosed: 'New accounts are made by the host only. Ask the host for one, then log in here.',
  throttled: { one: 'Too many attempts. Try again in {n} second.', other: 'Too many attempts. Try again in {n} seconds.' },
  throttledLong: { one: 'Too many attempts. Try again in {n} minute.', other: 'Too many attempts. Try again in {n} minutes.' },
  busy: { one: 'The server is busy. Try again in {n} second.', other: 'The server is busy. Try again in {n} seconds.' },
  unreachable: 'The server does not answer. Check that you are on the same network as the host, then try again.',
  requestFailed: 'That did not work: {message}',
  inviteCode: 'Invitation code',
  inviteNeeded: 'This server lets people in by invitation. Type the code here, or ask the host for one.',
  fieldsMissing: 'Fill in your name and your password.',
  approvalTitle: 'Waiting for the host',
  approvalText: 'Your account “{name}” has been made. As soon as the host lets you in, this page goes on by itself.',
  approvalDenied: 'The host has not let you in. Talk to the host before you try again.',
  approvalCancel: 'Back to login',

  // Why the login is shown
  endedExpired: 'Your login has ended after its set time. Please log in again.',
  endedAccount: 'Your login was ended by the host: the account was disabled or deleted, or its password was reset.',
  endedGuest: 'The event has ended for guests. If it goes on, choose a name to join again.',
  endedSecret: 'The host has ended all logins. Please log in again.',
  endedToken: 'This login is no longer valid here. Please log in again.',
  endedDisabled: 'Your account is disabled. Ask the host to enable it.',
  endedElsewhere: 'You have logged out.',

  // No way back
  bannedTitle: 'You cannot join',
  bannedText: 'The host has banned you from this server. If you think this is a mistake, talk to the host.',
  bannedReason: 'The host says: “{reason}”',
  bannedUntil: 'The ban ends on {day} at {time}.',
  tryAgain: 'Try again',

  // Connection
  statusConnecting: 'Connecting …',
  statusWaiting: 'No connection. Your messages are kept until it is back.',
  statusStopped: 'The server was stopped or is restarting.',
  statusKicked: 'The host has disconnected you. You may come back in a moment.',
  statusFlooding: 'You were disconnected for sending too much at once.',
  statusSlow: 'Your connection was too slow to keep up.',
  statusTooBig: 'A message was too large for this server.',
  statusFull: 'The server answers, but has no room for another connection now.',
  retryIn: 'Next try in {n} s',
  retryNow: 'Try now',
  newVersion: 'The server has been updated. Reload the page to go on with the new version.',
  reload: 'Reload',

  // Sidebar
  sidebar: 'Conversations and people',
  conversations: 'Conversations',
  peopleHere: 'Here now',
  peopleBefore: 'Here before',
  everyone: 'Everyone',
  everyonePreview: 'Talk to everyone who is here',
  you: '{name} (you)',
  previewMine: 'You: {text}',
  devices: { one: '{n} connection', other: '{n} connections' },
  peopleCount: { one: '{n} person is here', other: '{n} people are here' },
  personHere: 'Here now',
  personAway: 'Not here now',
  find: 'Find someone',
  findNothing: 'Nobody by that name is here.',
  unread: { one: '{n} unread message', other: '{n} unread messages' },
  clearSearch: 'Clear the search',
  logout: 'Log out',
  logoutTitle: 'Log out now?',
  logoutLoses: { one: '{n} message has not been sent yet. If you log out now, it is lost.', other: '{n} messages have not been sent yet. If you log out now, they are lost.' },
  logoutStay: 'Stay',
  logoutGo: 'Log out all the same',
  bellOn: 'Tell me of messages to me (sound and notification)',
  loggedInAs: 'Logged in as {name}',

  // Conversation
  skipToMessage: 'Skip to writing a message',
  backToList: 'Conversations',
  messagesWith: 'Messages with {name}',
  emptyEveryone: 'No messages since you came',
  emptyEveryoneHint: 'Everyone who is here can read what you write. What is said while you are away is not shown later.',
  emptyDirect: 'Only you and {name} see this',
  emptyDirectHint: 'What you write here goes to {name} alone. What is said while you are away is not shown later.',
  emptyKept: 'No messages yet',
  emptyEveryoneKept: 'Everyone can read what you write, also who comes later.',
  emptyDirectKept: 'What you write here goes to {name} alone, also if they are away.',
  dropped: 'Earlier messages are no longer kept.',
  gap: 'You were away from {from} to {to}. What was said then is not shown here.',
  gapMoment: 'You were away for a moment at {at}. What was said then is not shown here.',
  newMessages: 'New messages',
  toLatest: 'To the latest message',
  findMessage: 'Find in this conversation',
  findEarlier: 'The one before',
  findLater: 'The one after',
  findClose: 'End the search',
  findCount: '{i} of {count}',
  findNone: 'Not found',
  saveConversation: 'Save this conversation as text',
  notSent: 'not sent',
  announcement: 'From the host',
  announcementDirect: 'From the host, only to you',
  saidBy: '{name}:',
  saidByYou: 'You:',
  showAll: 'Show all',

  // Leading
  host: 'Host',
  dismiss: 'Dismiss the announcement',
  onlyHosts: 'Only the host writes to everyone now.',
  noGuestDirects: 'Guests cannot write to each other here.',
  noHostHere: 'No host is logged in here who could see it.',
  hands: 'Hands',
  handUp: 'Hand raised',
  raiseHand: 'Raise your hand',
  lowerHand: 'Lower your hand',
  handRaisedBy: '{name} has raised a hand',
  handLoweredBy: '{name} has lowered the hand',
  poll: 'Ask everyone',
  pollHint: 'The question, then one answer a line',
  pollSend: 'Ask',
  pollCancel: 'Cancel',
  pollWrong: 'A poll has a question and 2 to 10 answers, each of up to 100 characters.',
  votes: { one: '{n} vote', other: '{n} votes' },
  votedFor: 'Vote: {option}',
  picture: 'Send a picture',
  pictureText: 'A picture',
  pictureOf: 'Picture from {name}',
  pictureWrong: 'This is no picture, or one that cannot be made small enough.',

  // Delivery
  queued: 'Waiting to be sent',
  sending: 'Sent, not confirmed yet',
  sent: 'Sent',
  deliveredTo: { one: 'Delivered', other: 'Delivered to {n} devices' },
  deliveredLater: 'Will be delivered when {name} is back',
  deliveredNever: 'Not delivered: {name} did not come back in time',
  failed: 'Not delivered. {reason}',
  failedAbsent: '{name} is not here now.',
  failedTooBig: 'The message is too large.',
  failedUnconfirmed: 'The server has not confirmed it; it may have arrived.',
  retry: 'Retry',
  discard: 'Discard',

  // Composer
  writeData: 'Write data (JSON)',
  dataPlaceholder: 'Any JSON, such as {"kind": "test"}',
  notData: 'This is no JSON: {reason}',
  writeEveryone: 'Message to everyone',
  writeTo: 'Message to {name}',
  send: 'Send',
  tooLong: { one: 'The message is too long by {n} character.', other: 'The message is too long by {n} characters.' },

  // For screen readers
  heard: '{name}: {text}',
  heardElsewhere: 'New message from {name}',
  heardMany: { one: '{n} new message', other: '{n} new messages' },
};

/** @typedef {keyof typeof EN} TextKey */
/** @typedef {Record<string, string | number>} Values */
/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}} Text one, or its forms by number */
/** @typedef {Partial<Record<TextKey, Text>>} Words */

// To add a language: a table in words/, its tag here. They are the window's.
const LANGUAGES = ['de', 'es', 'fr', 'pt', 'tr', 'ar', 'zh', 'ja'];
const RIGHT_TO_LEFT = ['ar'];
/** Which of its forms a table is in, where that makes a difference. @type {Record<string, string>} */
const FORMS = { pt: 'pt-BR', zh: 'zh-CN' };
/** Readers of traditional characters are better served by what they choose next. */
const TRADITIONAL = /^zh-(?:hant|tw|hk|mo)\b/;

/** @type {Words} */
let words = EN;
let language = 'en';
let plural = new Intl.PluralRules(language);
let numbers = new Intl.NumberFormat(language);

/** Return the first language wanted that there is, `en` if there is none. @param {readonly string[]} wanted such as `pt-BR` */
export function languageOf(wanted) {
  const tags = wanted.map((tag) => tag.toLowerCase()).filter((tag) => !TRADITIONAL.test(tag));
  const bases = tags.map((tag) => tag.split('-')[0]);
  return bases.find((base) => base === 'en' || LANGUAGES.includes(base)) ?? 'en';
}

/**
 * Speak a language from now on; to be called before the views are made.
 *
 * @param {string} tag one of `languageOf`
 * @param {(tag: string) => Promise<{WORDS: Words}>} load
 */
export async function speak(tag, load = (name) => import(`./words/${name}.js`)) {
  try {
    use(tag, tag === 'en' ? EN : (await load(tag)).WORDS);
  } catch {
    use('en', EN); // A page in English is better than none.
  }
}

/** @param {string} tag @param {Words} table */
function use(tag, table) {
  words = table;
  language = FORMS[tag] ?? tag;
  plural = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(language);
}

/** Return the language that is spoken, and its direction. */
export function spoken() {
  return { language, direction: RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr' };
}

/** Return the languages in which times are written: the browser's own, of the same language, knows its region. */
export function locales() {
  const base = language.split('-')[0];
  const own = globalThis.navigator?.languages?.find((tag) => tag.toLowerCase().split('-')[0] === base);
  return own ?? language;
}

/**
 * Return a text with its values filled in; `values.n` chooses the form.
 *
 * @param {TextKey} key
 * @param {Values} [values]
 */
export function t(key, values = {}) {
  const text = words[key] ?? EN[key];
  const chosen = typeof text === 'string' ? text : formOf(text, Number(values.n));
  return chosen.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? written(values[name]) : whole));
}

/** @param {Exclude<Text, string>} forms @param {number} n */
const formOf = (forms, n) => forms[plural.select(n)] ?? forms.other;

/** @param {string | number} value */
const written = (value) => (typeof value === 'number' ? numbers.format(value) : value);
