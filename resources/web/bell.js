// Sound, vibration and notification for what is meant for this person while nobody looks at the page: each where the
// browser gives it. Off until somebody asks for it, which is also when a browser lets a page sound at all.

const KEY = 'authws.bell';
/** A burst is one sign. */
const PAUSE_MS = 3_000;
const TONE_HZ = 660;
const TONE_S = 0.18;

export class Bell {
  /**
   * @param {object} deps
   * @param {import('./session.js').SafeStorage} deps.storage
   * @param {import('./timers.js').Timers} deps.timers
   * @param {Pick<typeof globalThis, 'AudioContext' | 'Notification' | 'navigator' | 'isSecureContext'>} deps.browser
   */
  constructor({ storage, timers, browser }) {
    this.storage = storage;
    this.timers = timers;
    this.browser = browser;
    this.isOn = storage.get(KEY) === 'on';
    this.rangAtMs = -Infinity;
    /** @type {AudioContext | null} */
    this.audio = null;
  }

  /** Switch it on or off; call from a click, for only then a browser allows a sound, or asks for leave. */
  async toggle() {
    this.isOn = !this.isOn;
    this.storage.set(KEY, this.isOn ? 'on' : 'off');
    if (!this.isOn) return;
    this.#sound();
    const { Notification, isSecureContext } = this.browser;
    if (isSecureContext && Notification?.permission === 'default') await Notification.requestPermission();
  }

  /** Tell of a message. @param {string} title @param {string} text */
  ring(title, text) {
    const nowMs = this.timers.now();
    if (!this.isOn || nowMs - this.rangAtMs < PAUSE_MS) return;
    this.rangAtMs = nowMs;
    this.#sound();
    this.browser.navigator.vibrate?.(200);
    this.#notify(title, text);
  }

  #sound() {
    const { AudioContext } = this.browser;
    if (!AudioContext) return;
    try {
      this.audio ??= new AudioContext();
      // It sleeps after a reload, until the page was touched.
      if (this.audio.state === 'suspended') this.audio.resume().catch(() => {});
      const { currentTime, destination } = this.audio;
      const tone = this.audio.createOscillator();
      const volume = this.audio.createGain();
      tone.frequency.value = TONE_HZ;
      volume.gain.setValueAtTime(0.15, currentTime);
      volume.gain.exponentialRampToValueAtTime(0.001, currentTime + TONE_S);
      tone.connect(volume).connect(destination);
      tone.start(currentTime);
      tone.stop(currentTime + TONE_S);
    } catch {
      // No sound on this device.
    }
  }

  /** @param {string} title @param {string} text */
  #notify(title, text) {
    const { Notification, isSecureContext } = this.browser;
    if (!isSecureContext || Notification?.permission !== 'granted') return;
    try {
      const shown = new Notification(title, { body: text, tag: 'authws', icon: '/icons/icon-192.png' });
      shown.onclick = () => {
        window.focus();
        shown.close();
      };
    } catch {
      // Chrome on Android gives notifications to service workers only.
    }
  }
}
