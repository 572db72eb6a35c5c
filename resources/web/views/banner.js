// The strip above the chat: how the connection stands, and that the page is older than the server.

import { h, icon, setHidden, setText } from '../dom.js';
import { t } from '../strings.js';

export class BannerView {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.text = h('span', { role: 'status' });
    this.wait = h('span', { class: 'banner-wait', 'aria-hidden': 'true' });
    this.tryNow = h('button', { class: 'button small', type: 'button', onclick: () => app.connection.wake() }, t('retryNow'));
    this.strip = h('div', { class: 'banner' }, icon('alert'), h('p', {}, this.text, ' ', this.wait), this.tryNow);
    this.reload = h('button', { class: 'button small', type: 'button', onclick: () => location.reload() }, t('reload'));
    this.update = h('div', { class: 'banner info', role: 'status' }, h('p', {}, t('newVersion')), this.reload);
    this.root = h('div', { class: 'banners' }, this.strip, this.update);
    /** @type {ReturnType<typeof setInterval> | null} */
    this.ticker = null;
  }

  render() {
    const { connection, isFull, isOutdated } = this.app;
    const { name, notice, retryAtMs, isPause } = connection.state;
    const isDown = name === 'waiting' || name === 'connecting';
    const waitS = name === 'waiting' ? Math.ceil((retryAtMs - connection.timers.now()) / 1000) : 0;
    setHidden(this.strip, !isDown);
    this.strip.dataset.state = notice ? 'waiting' : 'connecting';
    setText(this.text, isDown ? t(isFull ? 'statusFull' : (notice ?? 'statusConnecting')) : '');
    setText(this.wait, waitS > 0 ? t('retryIn', { n: waitS }) : notice ? t('statusConnecting') : '');
    setHidden(this.tryNow, name !== 'waiting' || isPause);
    setHidden(this.update, !isOutdated);
    this.#tick(name === 'waiting');
  }

  /** @param {boolean} isOn */
  #tick(isOn) {
    if (isOn && this.ticker === null) {
      this.ticker = setInterval(() => this.render(), 500);
    } else if (!isOn && this.ticker !== null) {
      clearInterval(this.ticker);
      this.ticker = null;
    }
  }
}
