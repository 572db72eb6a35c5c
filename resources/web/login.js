// What the login form does: register, log in, wait as long as the server asks, wait for approval.

import { RequestFailed } from './api.js';
import { t } from './strings.js';

export const APPROVAL_FIRST_MS = 10_000;
export const APPROVAL_LONGEST_MS = 60_000;
const NAME_KEY = 'authws.name';

export class Login {
  /**
   * @param {object} deps
   * @param {object} deps.api `register`, `login`
   * @param {object} deps.storage of the last name used here
   * @param {object} deps.timers `set`, `clear`
   * @param {string} deps.host shown to the person
   * @param {string} deps.invite code from the address, or empty
   * @param {() => void} deps.onChange
   * @param {(answer: object) => void} deps.onLoggedIn
   */
  constructor({ api, storage, timers, host, invite, onChange, onLoggedIn }) {
    Object.assign(this, { api, storage, timers, host, invite, onChange, onLoggedIn });
    this.lastName = storage.get(NAME_KEY) ?? '';
    this.mode = this.lastName && !invite ? 'login' : 'register';
    this.screen = 'form';
    this.note = invite ? { tone: 'info', text: t('invited') } : null;
    this.isBusy = false;
    this.isRegistrationClosed = false;
    this.waitS = 0;
    this.wrongField = null;
    this.name = '';
    this.approvalTimer = null;
  }

  setMode(mode) {
    this.mode = mode;
    this.note = null;
    this.wrongField = null;
    this.onChange();
  }

  /** Say why the login is shown. */
  explain(text, tone, name) {
    this.note = { tone, text };
    this.lastName = name || this.lastName;
    this.mode = 'login';
  }

  async submit(username, password) {
    if (this.isBusy || this.waitS > 0) return;
    if (!username || !password) return this.#show('bad', t('fieldsMissing'), username ? 'password' : 'username');
    this.isBusy = true;
    this.note = null;
    this.wrongField = null;
    this.name = username;
    this.onChange();
    try {
      await this.#send(username, password);
    } catch (error) {
      this.#explainFailure(error);
    }
    this.isBusy = false;
    this.onChange();
  }

  async #send(username, password) {
    const isRegister = this.mode === 'register';
    const answer = isRegister
      ? await this.api.register(username, password, this.invite)
      : await this.api.login(username, password);
    if (answer.status === 202) this.#awaitApproval(username, password, APPROVAL_FIRST_MS);
    else this.#finish(answer.body, username);
  }

  #finish(body, username) {
    this.storage.set(NAME_KEY, username);
    this.lastName = username;
    this.screen = 'form';
    this.mode = 'login';
    this.note = null;
    this.onLoggedIn(body);
  }

  #awaitApproval(username, password, waitMs) {
    this.screen = 'approval';
    this.approvalTimer = this.timers.set(async () => {
      try {
        const { status, body } = await this.api.login(username, password);
        if (this.screen !== 'approval') return;
        if (status !== 202) return this.#finish(body, username);
      } catch (error) {
        if (this.screen !== 'approval') return;
        if (error.status === 401) return this.#denied();
        waitMs = Math.max(waitMs, (error.retryAfterS ?? 0) * 1000);
      }
      this.#awaitApproval(username, password, Math.min(APPROVAL_LONGEST_MS, waitMs * 1.5));
    }, waitMs);
  }

  /** The host said no: the account is forgotten. Asking on would only count as failed logins. */
  #denied() {
    this.screen = 'form';
    this.mode = 'register';
    this.#show('bad', t('approvalDenied'));
  }

  cancelApproval() {
    this.timers.clear(this.approvalTimer);
    this.screen = 'form';
    this.mode = 'login';
    this.onChange();
  }

  #explainFailure(error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (error.status === 0) return this.#show('bad', t('unreachable'));
    if (error.code === 'REGISTRATION_CLOSED') {
      this.isRegistrationClosed = true;
      this.mode = 'login';
      return this.#show('info', t('registrationClosed'));
    }
    if (error.retryAfterS) {
      this.#wait(error.retryAfterS);
      return this.#show('warn', waitText(error));
    }
    const field = error.field ?? (error.code === 'USERNAME_TAKEN' ? 'username' : null);
    this.#show('bad', error.message || t('requestFailed', { message: error.status }), field);
  }

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

  #show(tone, text, field = null) {
    this.note = { tone, text };
    this.wrongField = field;
    this.onChange();
  }
}

function waitText({ status, retryAfterS }) {
  if (status !== 429) return t('busy', { n: retryAfterS });
  if (retryAfterS < 120) return t('throttled', { n: retryAfterS });
  return t('throttledLong', { n: Math.ceil(retryAfterS / 60) });
}
