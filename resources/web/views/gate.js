// The way in: log in or create an account, wait for the host's approval; or a plain sentence for the banned.

import { h, icon, setAttribute, setHidden, setText } from '../dom.js';
import { formatDay, formatTime } from '../server-clock.js';
import { t } from '../strings.js';

export class GateView {
  /**
   * @param {import('../login.js').Login} login the state of the form and what it does
   * @param {() => void} onTryAgain after a ban
   */
  constructor(login, onTryAgain) {
    this.login = login;
    this.prefilled = '';
    /** @type {import('../login.js').Login['note']} */
    this.shownNote = null;
    this.title = h('h1', { class: 'gate-title', tabindex: '-1' });
    this.where = h('p', { class: 'gate-where' });
    this.welcome = h('p', { class: 'gate-welcome', dir: 'auto' });
    this.alert = h('div', { class: 'note', role: 'alert' });
    this.text = h('p', { class: 'gate-text' });
    this.cancel = h('button', { class: 'button quiet', type: 'button', onclick: () => this.login.cancelApproval() }, t('approvalCancel'));
    this.tryAgain = h('button', { class: 'button primary', type: 'button', onclick: onTryAgain }, t('tryAgain'));
    this.modes = { guest: this.#modeButton('guest'), login: this.#modeButton('login'), register: this.#modeButton('register') };
    this.modeGroup = h('div', { class: 'modes', role: 'group' }, this.modes.guest, this.modes.login, this.modes.register);
    this.form = buildForm({ onSubmit: (event) => this.#onSubmit(event), onReveal: () => this.#toggleReveal() });
    this.body = h('div', { class: 'gate-body' }, this.modeGroup, this.form.root);
    this.root = h('main', { class: 'gate' }, h(
      'div', { class: 'card' },
      h('img', { class: 'gate-icon', src: '/icon.svg', alt: '', width: '56', height: '56' }),
      this.title, this.where, this.welcome, this.alert, this.body, this.text, this.cancel, this.tryAgain,
    ));
    this.#setReveal(false);
  }

  /** @param {'login' | 'register' | 'guest'} mode */
  #modeButton(mode) {
    return h('button', { type: 'button', class: 'mode', onclick: () => this.login.setMode(mode) });
  }

  #toggleReveal() {
    this.#setReveal(this.form.password.type === 'password');
    this.form.password.focus();
  }

  /** @param {boolean} isShown */
  #setReveal(isShown) {
    this.form.password.type = isShown ? 'text' : 'password';
    this.form.reveal.replaceChildren(icon(isShown ? 'eyeOff' : 'eye'));
    this.form.reveal.setAttribute('aria-label', t(isShown ? 'hidePassword' : 'showPassword'));
  }

  /** @param {Event} event */
  #onSubmit(event) {
    event.preventDefault();
    const { username, password, inviteCode } = this.form;
    this.login.submit(username.value.trim(), password.value, inviteCode.value.trim());
  }

  /** Put the keyboard where the person goes on. */
  focus() {
    if (this.root.dataset.screen !== 'form') this.title.focus();
    else (this.form.username.value && this.login.mode !== 'guest' ? this.form.password : this.form.username).focus();
  }

  /** Forget the password; call when somebody got in. */
  clear() {
    this.form.password.value = '';
    this.form.inviteCode.value = '';
    this.#setReveal(false);
  }

  /** Show how it stands; a ban shows nothing but that. @param {import('../ban.js').Ban | null} ban */
  render(ban) {
    const { login } = this;
    const screen = ban ? 'banned' : login.screen;
    const isOther = this.root.dataset.screen !== screen;
    this.root.dataset.screen = screen;
    setText(this.title, ban ? t('bannedTitle') : screen === 'approval' ? t('approvalTitle') : login.title || t('loginTitle'));
    setText(this.welcome, login.welcome);
    setHidden(this.welcome, ban !== null || !login.welcome || screen !== 'form');
    setText(this.where, t('joining', { host: login.host }));
    setHidden(this.where, ban !== null);
    setText(this.text, ban ? banText(ban) : screen === 'approval' ? t('approvalText', { name: login.name }) : '');
    setHidden(this.text, screen === 'form');
    setHidden(this.cancel, screen !== 'approval');
    setHidden(this.tryAgain, !ban);
    setHidden(this.body, screen !== 'form');
    this.#renderNote(screen);
    this.#renderModes();
    this.#renderForm();
    if (!this.root.isConnected) return;
    if (isOther) this.focus();
    else if (login.note !== this.shownNote) this.#focusWrong();
    this.shownNote = login.note;
  }

  /** Put the keyboard where something is to be changed. */
  #focusWrong() {
    const { form } = this;
    [form.username, form.password, form.inviteCode].find(({ name }) => name === this.login.wrongField)?.focus();
  }

  /** @param {string} screen */
  #renderNote(screen) {
    const note = screen === 'banned' ? null : this.login.note;
    setHidden(this.alert, !note);
    setText(this.alert, note?.text ?? '');
    setAttribute(this.alert, 'data-tone', note?.tone ?? null);
  }

  #renderModes() {
    const { mode, isRegistrationClosed, isGuestWelcome } = this.login;
    const shown = { guest: isGuestWelcome, login: true, register: !isRegistrationClosed };
    const texts = { guest: t('modeGuest'), login: t('modeLogin'), register: t('modeRegister') };
    const names = /** @type {const} */ (['guest', 'login', 'register']);
    const possible = names.filter((name) => shown[name]);
    setHidden(this.modeGroup, possible.length < 2);
    this.modeGroup.dataset.count = String(possible.length);
    setAttribute(this.modeGroup, 'aria-label', possible.map((name) => texts[name]).join(', '));
    for (const name of names) {
      setHidden(this.modes[name], !shown[name]);
      setText(this.modes[name], texts[name]);
      setAttribute(this.modes[name], 'aria-pressed', String(mode === name));
    }
  }

  #renderForm() {
    const { mode, isBusy, waitS, wrongField, lastName, isInviteAsked, invite } = this.login;
    const isRegister = mode === 'register';
    const isGuest = mode === 'guest';
    if (!this.form.username.value && lastName && this.prefilled !== lastName) this.form.username.value = lastName;
    this.prefilled = lastName;
    setAttribute(this.form.password, 'autocomplete', isRegister ? 'new-password' : 'current-password');
    setText(this.form.usernameHint, isGuest ? t('guestHint') : isRegister ? t('usernameHint') : '');
    setText(this.form.passwordHint, isRegister ? t(this.login.isApprovalNeeded ? 'approvalHint' : 'passwordHint') : '');
    setHidden(this.form.passwordField, isGuest);
    this.form.password.required = !isGuest;
    if (isInviteAsked && this.form.inviteField.hidden) this.form.inviteCode.value = invite;
    setHidden(this.form.inviteField, !isRegister || !isInviteAsked);
    for (const input of [this.form.username, this.form.password, this.form.inviteCode]) {
      setAttribute(input, 'aria-invalid', wrongField === input.name ? 'true' : null);
    }
    const label = waitS > 0 ? t('submitWait', { time: formatWait(waitS) }) : isBusy ? t('submitBusy') : t(isGuest ? 'submitGuest' : isRegister ? 'submitRegister' : 'submitLogin');
    setText(this.form.submit, label);
    setAttribute(this.form.submit, 'aria-disabled', isBusy || waitS > 0 ? 'true' : null);
  }
}

/** @param {{onSubmit: (event: Event) => void, onReveal: () => void}} handlers */
function buildForm({ onSubmit, onReveal }) {
  const username = h('input', {
    id: 'username', name: 'username', type: 'text', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false',
    dir: 'auto', maxlength: '160', required: true, 'aria-describedby': 'username-hint',
  });
  const password = h('input', { id: 'password', name: 'password', type: 'password', required: true, 'aria-describedby': 'password-hint' });
  const reveal = h('button', { class: 'reveal', type: 'button', onclick: onReveal });
  const usernameHint = h('p', { class: 'hint', id: 'username-hint' });
  const passwordHint = h('p', { class: 'hint', id: 'password-hint' });
  const inviteCode = h('input', { id: 'invite-code', name: 'inviteCode', type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '160' });
  const inviteField = h('div', { class: 'field', hidden: true }, h('label', { for: 'invite-code' }, t('inviteCode')), inviteCode);
  const submit = h('button', { class: 'button primary', type: 'submit' });
  const passwordField = h('div', { class: 'field' }, h('label', { for: 'password' }, t('password')), h('div', { class: 'with-reveal' }, password, reveal), passwordHint);
  const root = h(
    'form', { class: 'form', novalidate: true, onsubmit: onSubmit },
    h('div', { class: 'field' }, h('label', { for: 'username' }, t('username')), username, usernameHint),
    passwordField,
    inviteField,
    submit,
  );
  return { root, username, password, passwordField, reveal, usernameHint, passwordHint, inviteCode, inviteField, submit };
}

/** Return what a ban says, one sentence a line. @param {import('../ban.js').Ban} ban */
function banText({ untilMs, reason }) {
  const lines = [t('bannedText')];
  if (reason) lines.push(t('bannedReason', { reason }));
  if (untilMs !== null) lines.push(t('bannedUntil', { day: formatDay(untilMs), time: formatTime(untilMs) }));
  return lines.join('\n\n');
}

/** Return `29 s`, or `9:59` for a minute and more. @param {number} seconds */
function formatWait(seconds) {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
