// Every text that a person reads. To translate: copy EN, translate the values, and choose it below.
// A text with forms is chosen by {n}; names in braces are filled in.

export const EN = {
  appName: 'Authws',

  // Login
  loginTitle: 'Welcome',
  joining: 'You are joining {host}',
  invited: 'You have been invited. Choose a name and a password.',
  modeLogin: 'Log in',
  modeRegister: 'Create account',
  username: 'Name',
  usernameHint: '3 to 32 letters, digits, “.”, “_” or “-”',
  password: 'Password',
  passwordHint: 'At least 8 characters',
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
  fieldsMissing: 'Fill in your name and your password.',
  approvalTitle: 'Waiting for the host',
  approvalText: 'Your account “{name}” has been made. As soon as the host lets you in, this page goes on by itself.',
  approvalDenied: 'The host has not let you in. Talk to the host before you try again.',
  approvalCancel: 'Back to login',

  // Why the login is shown
  endedExpired: 'Your login has ended after its set time. Please log in again.',
  endedAccount: 'Your login was ended by the host: the account was disabled or deleted, or its password was reset.',
  endedSecret: 'The host has ended all logins. Please log in again.',
  endedToken: 'This login is no longer valid here. Please log in again.',
  endedDisabled: 'Your account is disabled. Ask the host to enable it.',
  endedElsewhere: 'You have logged out.',

  // No way back
  bannedTitle: 'You cannot join',
  bannedText: 'The host has banned you from this server. If you think this is a mistake, talk to the host.',

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
  logout: 'Log out',
  loggedInAs: 'Logged in as {name}',

  // Conversation
  skipToMessage: 'Skip to writing a message',
  backToList: 'Conversations',
  messagesWith: 'Messages with {name}',
  emptyEveryone: 'Nothing has been said yet',
  emptyEveryoneHint: 'Everyone who is here can read what you write. Messages are not stored: you see what is said while this page is open.',
  emptyDirect: 'Only you and {name} see this',
  emptyDirectHint: 'What you write here goes to {name} alone. Messages are not stored: you see what is said while this page is open.',
  dropped: 'Earlier messages are no longer kept.',
  newMessages: 'New messages',
  toLatest: 'To the latest message',
  announcement: 'From the host',
  announcementDirect: 'From the host, only to you',
  saidBy: '{name}:',
  saidByYou: 'You:',
  showAll: 'Show all',

  // Delivery
  queued: 'Waiting to be sent',
  sending: 'Sent, not confirmed yet',
  sent: 'Sent',
  deliveredTo: { one: 'Delivered', other: 'Delivered to {n} devices' },
  failed: 'Not delivered. {reason}',
  failedAbsent: '{name} is not here now.',
  failedTooBig: 'The message is too large.',
  retry: 'Retry',
  discard: 'Discard',

  // Composer
  writeEveryone: 'Message to everyone',
  writeTo: 'Message to {name}',
  send: 'Send',
  tooLong: { one: 'The message is too long by {n} character.', other: 'The message is too long by {n} characters.' },

  // For screen readers
  heard: '{name}: {text}',
  heardElsewhere: 'New message from {name}',
  heardMany: { one: '{n} new message', other: '{n} new messages' },
};

let language = EN;
let plural = new Intl.PluralRules('en');
let numbers = new Intl.NumberFormat('en');

/** Choose another set of texts and its plural rules. */
export function useLanguage(texts, tag) {
  language = texts;
  plural = new Intl.PluralRules(tag);
  numbers = new Intl.NumberFormat(tag);
}

/** Return a text with its values filled in; `values.n` chooses the form. */
export function t(key, values = {}) {
  let text = language[key] ?? EN[key];
  if (typeof text === 'object') text = text[plural.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? written(values[name]) : whole));
}

const written = (value) => (typeof value === 'number' ? numbers.format(value) : String(value));
