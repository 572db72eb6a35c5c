import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bell } from '../../../resources/web/bell.js';
import { FakeStorage, FakeTimers } from './fakes.mjs';

function make({ isSecureContext = true, permission = 'default', storage = new FakeStorage(), ...more } = {}) {
  const done = [];
  class Notification {
    static permission = permission;

    static requestPermission = async () => {
      Notification.permission = 'granted';
      done.push('asked');
    };

    constructor(title, { body }) {
      done.push(`${title}: ${body}`);
    }
  }
  const timers = new FakeTimers();
  const browser = { Notification, isSecureContext, navigator: { vibrate: () => done.push('vibrated') }, ...more };
  return { bell: new Bell({ storage, timers, browser }), timers, done, storage };
}

test('it is off until somebody asks, and asks the browser then', async () => {
  const { bell, done, storage } = make();
  bell.ring('Ben', 'hi');
  assert.deepEqual(done, []);
  await bell.toggle();
  bell.ring('Ben', 'hi');
  assert.deepEqual(done, ['asked', 'vibrated', 'Ben: hi']);
  assert.equal(make({ storage }).bell.isOn, true);
  await bell.toggle();
  assert.equal(make({ storage }).bell.isOn, false);
});

test('a burst is one sign', async () => {
  const { bell, done, timers } = make({ permission: 'granted' });
  await bell.toggle();
  bell.ring('Ben', '1');
  bell.ring('Ben', '2');
  timers.advance(3_000);
  bell.ring('Ben', '3');
  assert.deepEqual(done, ['vibrated', 'Ben: 1', 'vibrated', 'Ben: 3']);
});

test('over plain http, refused, or where a page may not, there is no notification and no error', async () => {
  for (const options of [{ isSecureContext: false, permission: 'granted' }, { permission: 'denied' }, { Notification: undefined }]) {
    const { bell, done } = make(options);
    await bell.toggle();
    bell.ring('Ben', 'hi');
    assert.deepEqual(done, ['vibrated']);
  }
  class Refusing {
    static permission = 'granted';

    constructor() {
      throw new TypeError('Illegal constructor');
    }
  }
  const { bell } = make({ Notification: Refusing, navigator: {} });
  await bell.toggle();
  bell.ring('Ben', 'hi');
});

test('a sound that the device refuses is none', async () => {
  const { bell } = make({ AudioContext: class { constructor() { throw new Error('NotSupportedError'); } } });
  await bell.toggle();
  bell.ring('Ben', 'hi');
});
