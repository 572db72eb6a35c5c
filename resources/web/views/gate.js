// The way in: log in or create an account, wait for the host's approval; or a plain sentence for the banned.

import { h, icon, setAttribute, setHidden, setText } from '../dom.js';
import { t } from '../strings.js';

export class GateView {
  /** @param {import('../login.js').Login} login the state of the form and what it does */
  constructor(login) {
    this.login = login;
    this.root = h('main', { class: 'gate' }, this.#buildCard());
  }

  #buildCard() {
    this.title = h('h1', { class: 'gate-title', tabindex: '-1' });
    this.where = h('p', { class: 'gate-where' });
    this.alert = h('div', { class: 'note', role: 'alert' });
    this.text = h('p', { class: 'gate-text' });
    this.cancel = h('button', { class: 'button quiet', type: 'button', onclick: () => this.login.cancelApproval() });
    this.body = h('div', { class: 'gate-body' }, this.#buildModes(), this.#buildForm());
    return h(
      'div', { class: 'card' },
      h('img', { class: 'gate-icon', src: '/icon.svg', alt: '', width: '56', height: '56' }),
      this.title, this.where, this.alert, this.body, this.text, this.cancel,
    );
  }

  #buildModes() {
    const button = (mode) => h('button', { type: 'button', class: 'mode', onclick: () => this.login.setMode(mode) });
    this.modes = { login: button('login'), register: button('register') };
    this.modeGroup = h('div', { class: 'modes', role: 'group' }, this.modes.login, this.modes.register);
    return this.modeGroup;
  }

  #buildForm() {
    this.username = h('input', {
      id: 'username', name: 'username', type: 'text', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false',
      dir: 'auto', maxlength: '160', required: true, 'aria-describedby': 'username-hint',
    });
    this.password = h('input', { id: 'password', name: 'password', type: 'password', required: true, 'aria-describedby': 'password-hint' });
    this.reveal = h('button', { class: 'reveal', type: 'button', onclick: () => this.#toggleReveal() });
    this.usernameHint = h('p', { class: 'hint', id: 'username-hint' });
    this.passwordHint = h('p', { class: 'hint', id: 'password-hint' });
    this.submit = h('button', { class: 'button primary', type: 'submit' });
    this.#setReveal(false);
    return h(
      'form', { class: 'form', novalidate: true, onsubmit: (event) => this.#onSubmit(event) },
      h('div', { class: 'field' }, h('label', { for: 'username' }, t('username')), this.username, this.usernameHint),
      h('div', { class: 'field' }, h('label', { for: 'password' }, t('password')),
        h('div', { class: 'with-reveal' }, this.password, this.reveal), this.passwordHint),
      this.submit,
    );
  }

  #toggleReveal() {
    this.#setReveal(this.password.type === 'password');
    this.password.focus();
  }

  #setReveal(isShown) {
    this.password.type = isShown ? 'text' : 'password';
    this.reveal.replaceChildren(icon(isShown ? 'eyeOff' : 'eye'));
    this.reveal.setAttribute('aria-label', t(isShown ? 'hidePassword' : 'showPassword'));
  }

  #onSubmit(event) {
    event.preventDefault();
    this.login.submit(this.username.value.trim(), this.password.value);
  }

  /** Put the keyboard where the person goes on. */
  focus() {
    if (this.root.dataset.screen !== 'form') this.title.focus();
    else (this.username.value ? this.password : this.username).focus();
  }

  /** Forget the password; call when somebody got in. */
  clear() {
    this.password.value = '';
    this.#setReveal(false);
  }

  /** Show how it stands; `isBanned` shows nothing but that. */
  render(isBanned) {
    const { login } = this;
    const screen = isBanned ? 'banned' : login.screen;
    const isOther = this.root.dataset.screen !== screen;
    this.root.dataset.screen = screen;
    setText(this.title, t(isBanned ? 'bannedTitle' : screen === 'approval' ? 'approvalTitle' : 'loginTitle'));
    setText(this.where, t('joining', { host: login.host }));
    setHidden(this.where, isBanned);
    setText(this.text, isBanned ? t('bannedText') : screen === 'approval' ? t('approvalText', { name: login.name }) : '');
    setHidden(this.text, screen === 'form');
    setHidden(this.cancel, screen !== 'approval');
    setText(this.cancel, t('approvalCancel'));
    setHidden(this.body, screen !== 'form');
    this.#renderNote(screen);
    this.#renderModes();
    this.#renderForm();
    if (isOther && this.root.isConnected) this.focus();
  }

  #renderNote(screen) {
    const note = screen === 'form' ? this.login.note : null;
    setHidden(this.alert, !note);
    setText(this.alert, note?.text ?? '');
    setAttribute(this.alert, 'data-tone', note?.tone ?? null);
  }

  #renderModes() {
    const { mode, isRegistrationClosed } = this.login;
    setHidden(this.modeGroup, isRegistrationClosed);
    setAttribute(this.modeGroup, 'aria-label', `${t('modeLogin')}, ${t('modeRegister')}`);
    setText(this.modes.login, t('modeLogin'));
    setText(this.modes.register, t('modeRegister'));
    setAttribute(this.modes.login, 'aria-pressed', String(mode === 'login'));
    setAttribute(this.modes.register, 'aria-pressed', String(mode === 'register'));
  }

  #renderForm() {
    const { mode, isBusy, waitS, wrongField, lastName } = this.login;
    const isRegister = mode === 'register';
    if (!this.username.value && lastName && this.prefilled !== lastName) this.username.value = lastName;
    this.prefilled = lastName;
    setAttribute(this.password, 'autocomplete', isRegister ? 'new-password' : 'current-password');
    setText(this.usernameHint, isRegister ? t('usernameHint') : '');
    setText(this.passwordHint, isRegister ? t('passwordHint') : '');
    for (const input of [this.username, this.password]) {
      setAttribute(input, 'aria-invalid', wrongField === input.name ? 'true' : null);
    }
    const label = waitS > 0 ? t('submitWait', { time: formatWait(waitS) }) : isBusy ? t('submitBusy') : t(isRegister ? 'submitRegister' : 'submitLogin');
    setText(this.submit, label);
    setAttribute(this.submit, 'aria-disabled', isBusy || waitS > 0 ? 'true' : null);
  }
}

/** Return `29 s`, or `9:59` for a minute and more. */
function formatWait(seconds) {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
