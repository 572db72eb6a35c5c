import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Siblings } from '../../../resources/web/siblings.js';
import { FakeStorage, FakeTimers } from './fakes.mjs';

/** Pages of one browser, all on one channel; what is posted is heard by the others when `deliver` is called. */
class Browser {
  constructor() {
    this.timers = new FakeTimers();
    this.channels = [];
    this.underWay = [];
    this.count = 0;
  }

  open(storage = new FakeStorage()) {
    const channel = { postMessage: (word) => this.underWay.push({ from: channel, word }) };
    this.channels.push(channel);
    const page = new Siblings({ channel, storage, timers: this.timers, newId: () => `n${++this.count}` });
    page.taken = [];
    page.onTaken = (ids) => page.taken.push(...ids);
    return page;
  }

  close(page) {
    this.channels = this.channels.filter((channel) => channel !== page.channel);
  }

  deliver() {
    while (this.underWay.length) {
      const { from, word } = this.underWay.shift();
      for (const channel of this.channels) if (channel !== from) channel.onmessage({ data: structuredClone(word) });
    }
  }

  settle(page, ids = []) {
    const settled = page.settle(ids);
    this.deliver();
    this.timers.advance(300);
    this.deliver();
    return settled;
  }
}

const copyOf = (storage) => {
  const copy = new FakeStorage();
  copy.values = new Map(storage.values);
  return copy;
};

test('a reloaded page keeps the name of its tab', async () => {
  const browser = new Browser();
  const first = browser.open();
  await browser.settle(first);
  browser.close(first);
  const again = browser.open(first.storage);
  await browser.settle(again, ['a']);
  assert.equal(again.tab, first.tab);
});

test('a duplicate takes a name of its own, and keeps it when it is reloaded', async () => {
  const browser = new Browser();
  const original = browser.open();
  await browser.settle(original);
  const copy = browser.open(copyOf(original.storage));
  assert.equal(copy.tab, original.tab);
  await browser.settle(copy, ['a']);
  assert.notEqual(copy.tab, original.tab);
  assert.deepEqual(original.taken, []);
  browser.close(copy);
  const again = browser.open(copy.storage);
  await browser.settle(again);
  assert.equal(again.tab, copy.tab);
});

test('of two copies that ask at the same time, just one gives way', async () => {
  const browser = new Browser();
  const storage = new FakeStorage();
  storage.set('authws.tab', 'same');
  const pages = [browser.open(storage), browser.open(copyOf(storage)), browser.open(copyOf(storage))];
  const settled = pages.map((page) => page.settle(['a']));
  browser.deliver();
  browser.timers.advance(300);
  browser.deliver();
  await Promise.all(settled);
  assert.equal(pages.filter((page) => page.tab === 'same').length, 1);
  assert.equal(new Set(pages.map((page) => page.tab)).size, 3);
});

test('an original that slept gives up what the copy sends meanwhile', async () => {
  const browser = new Browser();
  const original = browser.open();
  await browser.settle(original);
  browser.close(original);
  const copy = browser.open(copyOf(original.storage));
  const heard = [{ kind: 'whose', tab: copy.tab, page: copy.page }, { kind: 'taken', tab: copy.tab, page: copy.page, ids: ['a'] }];
  await browser.settle(copy, ['a']);
  browser.channels.push(original.channel);
  for (const data of heard) original.channel.onmessage({ data });
  browser.deliver();
  assert.deepEqual(original.taken, ['a']);
  assert.deepEqual(copy.taken, []);
  assert.notEqual(original.tab, copy.tab);
});

test('other tabs are left alone, and told what was said', async () => {
  const browser = new Browser();
  const [first, second] = [browser.open(), browser.open()];
  await Promise.all([browser.settle(first), browser.settle(second)]);
  assert.notEqual(first.tab, second.tab);
  const heard = [];
  second.onSaid = (word) => heard.push(word);
  first.say({ userId: 'u1', text: 'hi' });
  browser.deliver();
  assert.deepEqual(heard, [{ kind: 'said', userId: 'u1', text: 'hi' }]);
});

test('without a channel a page goes on alone', async () => {
  const page = new Siblings({ channel: null, storage: new FakeStorage(), timers: new FakeTimers(), newId: () => 'x' });
  await page.settle(['a']);
  page.say({ text: 'hi' });
  assert.equal(page.tab, 'x');
});
