// What the login form does: register, log in, come in by name alone, wait as long as the server asks, wait for approval.

import { RequestFailed } from './api.js';
import { readJson } from './session.js';
import { t } from './strings.js';

/** @typedef {import('./frames').TokenAnswer} TokenAnswer */
/** @typedef {'info' | 'warn' | 'bad'} Tone */

export const APPROVAL_FIRST_MS = 10_000;
export const APPROVAL_LONGEST_MS = 60_000;
/** Who wakes up asks at once, but not again and again. */
const APPROVAL_SHORTEST_MS = 5_000;
const NAME_KEY = 'authws.name';
const GUEST_KEY = 'authws.guest';
const WAITING_KEY = 'authws.waiting';

export class Login {
  /**
   * @param {object} deps
   * @param {Pick<typeof import('./api.js'), 'register' | 'login' | 'joinAsGuest'>} deps.api
   * @param {import('./session.js').SafeStorage} deps.storage of the last name used here
   * @param {import('./timers.js').Timers} deps.timers
   * @param {string} deps.host shown to the person
   * @param {import('./session.js').SafeStorage} deps.perTab of whom the host has to let in: a phone may load the page anew
   * @param {string} deps.invite code from the address, or empty
   * @param {() => void} deps.onInviteUsed
   * @param {() => void} deps.onChange
   * @param {(answer: TokenAnswer) => void} deps.onLoggedIn
   * @param {(words: string) => void} deps.onBanned
   */
  constructor({ api, storage, perTab, timers, host, invite, onInviteUsed, onChange, onLoggedIn, onBanned }) {
    this.api = api;
    this.storage = storage;
    this.perTab = perTab;
    this.timers = timers;
    this.host = host;
    this.invite = invite;
    this.isInviteAsked = false;
    this.onInviteUsed = onInviteUsed;
    this.onChange = onChange;
    this.onLoggedIn = onLoggedIn;
    this.onBanned = onBanned;
    this.lastName = storage.get(NAME_KEY) ?? '';
    this.wasGuest = storage.get(GUEST_KEY) !== null;
    this.title = '';
    this.welcome = '';
    this.isGuestWelcome = false;
    this.isApprovalNeeded = false;
    this.isModeChosen = false;
    /** @type {'login' | 'register' | 'guest'} */
    this.mode = this.lastName && !invite ? 'login' : 'register';
    /** @type {'form' | 'approval'} */
    this.screen = 'form';
    /** @type {{tone: Tone, text: string} | null} */
    this.note = invite ? { tone: 'info', text: t('invited') } : null;
    this.isBusy = false;
    this.isRegistrationClosed = false;
    this.waitS = 0;
    /** @type {string | null} name of the field that is wrong */
    this.wrongField = null;
    this.name = '';
    /** @type {number | null} */
    this.approvalTimer = null;
    this.askedAtMs = -Infinity;
    /** @type {(() => void) | null} */
    this.askNow = null;
  }

  /** Go on waiting for the host, if an earlier load of the page did. */
  start() {
    const { name, password } = readJson(this.perTab, WAITING_KEY, { name: '', password: '' });
    if (name && password) this.#awaitApproval(name, password, 0);
    this.onChange();
  }

  /** The page was shown, or the network came back. */
  wake() {
    if (this.timers.now() - this.askedAtMs >= APPROVAL_SHORTEST_MS) this.askNow?.();
  }

  /** Take what the server tells before anybody is in. @param {import('./api.js').Welcome} status */
  greet({ title, welcome, guests, registration }) {
    this.title = title;
    this.welcome = welcome;
    this.isGuestWelcome = guests;
    this.isRegistrationClosed = registration === 'closed';
    this.isApprovalNeeded = registration === 'approval';
    this.isInviteAsked ||= registration === 'invite';
    if (this.isRegistrationClosed && !guests) this.note ??= { tone: 'info', text: t('registrationClosed') };
    const isPossible = this.mode === 'guest' ? guests : this.mode === 'login' || !this.isRegistrationClosed;
    // Whoever has begun goes on where they are; an invitation is for an account.
    if (!isPossible || (!this.isModeChosen && !this.invite)) this.mode = this.#firstMode();
    this.onChange();
  }

  /** The way in that this person most likely wants. */
  #firstMode() {
    if (this.isGuestWelcome && (this.wasGuest || !this.lastName)) return 'guest';
    return this.lastName || this.isRegistrationClosed ? 'login' : 'register';
  }

  /** @param {'login' | 'register' | 'guest'} mode */
  setMode(mode) {
    this.isModeChosen = true;
    this.mode = mode;
    this.note = null;
    this.wrongField = null;
    this.onChange();
  }

  /** Say why the login is shown. @param {import('./strings.js').TextKey} notice @param {Tone} tone @param {string} name */
  explain(notice, tone, name) {
    this.lastName = name || this.lastName;
    this.isModeChosen = false;
    this.mode = this.#firstMode();
    this.note = { tone, text: t(notice === 'endedAccount' && this.wasGuest ? 'endedGuest' : notice) };
  }

  /** @param {string} username @param {string} password @param {string} invite empty if it was not asked for */
  async submit(username, password, invite = '') {
    if (this.isBusy || this.waitS > 0) return;
    const isComplete = username && (password || this.mode === 'guest');
    if (!isComplete) return this.#show('bad', t('fieldsMissing'), username ? 'password' : 'username');
    this.isBusy = true;
    this.note = null;
    this.wrongField = null;
    this.invite = invite || this.invite;
    this.onChange();
    try {
      await this.#send(username, password);
    } catch (error) {
      this.#onFailure(error, username, password);
    }
    this.isBusy = false;
    this.onChange();
  }

  /** @param {string} username @param {string} password */
  async #send(username, password) {
    this.isModeChosen = true;
    if (this.mode === 'guest') return this.#finish((await this.api.joinAsGuest(username)).body, username, true);
    const answer = this.mode === 'register'
      ? await this.api.register(username, password, this.invite)
      : await this.api.login(username, password);
    if (answer.status === 202) this.#awaitApproval(username, password, APPROVAL_FIRST_MS);
    else this.#finish(answer.body, username);
  }

  /** @param {TokenAnswer} body @param {string} username */
  #finish(body, username, isGuest = false) {
    this.storage.set(NAME_KEY, username);
    if (isGuest) this.storage.set(GUEST_KEY, '1');
    else this.storage.remove(GUEST_KEY);
    this.wasGuest = isGuest;
    this.lastName = username;
    this.#endWaiting();
    this.mode = this.#firstMode();
    this.note = null;
    this.isInviteAsked = false;
    this.invite = '';
    this.onInviteUsed();
    this.onLoggedIn(body);
  }

  /** @param {string} username @param {string} password @param {number} waitMs */
  #awaitApproval(username, password, waitMs) {
    this.screen = 'approval';
    this.name = username;
    this.perTab.set(WAITING_KEY, JSON.stringify({ name: username, password }));
    this.timers.clear(this.approvalTimer);
    this.askNow = () => this.#askApproval(username, password, waitMs);
    this.approvalTimer = this.timers.set(this.askNow, waitMs);
  }

  /** @param {string} username @param {string} password @param {number} waitMs */
  async #askApproval(username, password, waitMs) {
    this.timers.clear(this.approvalTimer);
    this.askNow = null;
    this.askedAtMs = this.timers.now();
    let pauseMs = Math.max(APPROVAL_FIRST_MS, waitMs * 1.5);
    try {
      const { status, body } = await this.api.login(username, password);
      if (this.screen !== 'approval') return;
      if (status !== 202) return this.#finish(body, username);
    } catch (error) {
      if (this.screen !== 'approval') return;
      if (!(error instanceof RequestFailed)) throw error;
      if (error.status === 401) return this.#denied();
      pauseMs = Math.max(pauseMs, (error.retryAfterS ?? 0) * 1000);
      this.note = error.status === 0 ? { tone: 'warn', text: t('unreachable') } : null;
      this.onChange();
    }
    this.#awaitApproval(username, password, Math.min(APPROVAL_LONGEST_MS, pauseMs));
  }

  /** Somebody got in, here or in another tab. */
  leave() {
    this.#endWaiting();
  }

  #endWaiting() {
    this.timers.clear(this.approvalTimer);
    this.askNow = null;
    this.perTab.remove(WAITING_KEY);
    this.screen = 'form';
  }

  /** The host said no: the account is forgotten. Asking on would only count as failed logins. */
  #denied() {
    this.#endWaiting();
    this.mode = 'register';
    this.#show('bad', t('approvalDenied'));
  }

  cancelApproval() {
    this.#endWaiting();
    this.note = null;
    this.mode = 'login';
    this.onChange();
  }

  /** @param {unknown} error @param {string} username @param {string} password */
  #onFailure(error, username, password) {
    if (!(error instanceof RequestFailed)) throw error;
    if (error.code === 'ACCOUNT_PENDING') this.#awaitApproval(username, password, APPROVAL_FIRST_MS);
    else if (error.code === 'BANNED') this.onBanned(error.message);
    else this.#explainFailure(error);
  }

  /** @param {RequestFailed} error */
  #explainFailure(error) {
    if (error.status === 0) return this.#show('bad', t('unreachable'));
    if (error.code === 'REGISTRATION_CLOSED') {
      this.isRegistrationClosed = true;
      this.mode = 'login';
      return this.#show('info', t('registrationClosed'));
    }
    if (error.code === 'GUESTS_OFF') {
      this.isGuestWelcome = false;
      this.mode = this.#firstMode();
      return this.#show('info', t('guestsOff'));
    }
    if (error.retryAfterS) {
      this.#wait(error.retryAfterS);
      return this.#show('warn', waitText(error.status, error.retryAfterS));
    }
    if (error.field === 'inviteCode') {
      const isFirst = !this.invite;
      this.isInviteAsked = true;
      return this.#show(isFirst ? 'info' : 'bad', isFirst ? t('inviteNeeded') : error.message, 'inviteCode');
    }
    const field = error.field ?? (error.code === 'USERNAME_TAKEN' ? 'username' : null);
    this.#show('bad', error.message || t('requestFailed', { message: error.status }), field);
  }

  /** @param {number} seconds */
  #wait(seconds) {
    this.waitS = seconds;
    const tick = () => {
      this.waitS -= 1;
      if (this.waitS > 0) this.timers.set(tick, 1000);
      else this.note = null;
      this.onChange();
    };
    this.timers.set(tick, 1000);
  }

  /** @param {Tone} tone @param {string} text @param {string | null} field */
  #show(tone, text, field = null) {
    this.note = { tone, text };
    this.wrongField = field;
    this.onChange();
  }
}

/** @param {number} status @param {number} retryAfterS */
function waitText(status, retryAfterS) {
  if (status !== 429) return t('busy', { n: retryAfterS });
  if (retryAfterS < 120) return t('throttled', { n: retryAfterS });
  return t('throttledLong', { n: Math.ceil(retryAfterS / 60) });
}
