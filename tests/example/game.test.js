// The game's client, from Node: two players in one process.

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { useAuthws } from 'authws-test/node';

import { Game } from './game.js';

const { authws, test } = useAuthws();

async function play(body) {
  const [ana, ben] = await Promise.all(['ana', 'ben'].map((name) => authws.user(name)));
  const games = [
    new Game(ana.client(), { opponent: 'ben', mark: 'X' }),
    new Game(ben.client(), { opponent: 'ana', mark: 'O' }),
  ];
  await Promise.all(games.map(({ client }) => client.start()));
  try {
    await body(...games);
  } finally {
    for (const { client } of games) client.close();
    await authws.wait('type:disconnect', { count: 2 });
  }
}

const heard = (game, count) =>
  new Promise((resolve) => {
    const look = () => game.moves.length >= count && resolve();
    game.onChange = look;
    look();
  });

async function exchange(x, o, cells) {
  for (const [number, cell] of cells.entries()) {
    const [mover, other] = number % 2 ? [o, x] : [x, o];
    await mover.play(cell);
    await heard(other, number + 1);
  }
}

test('three in a row win', () => play(async (x, o) => {
  await exchange(x, o, [0, 3, 1, 4, 2]);
  assert.deepEqual([x.status, o.status], ['You win', 'You lose']);
  await assert.rejects(o.play(5), { message: 'That is no move.' });
  await authws.wait('type:direct user:ana content.cell:2');
}));

test('a move that comes twice counts once', () => play(async (x, o) => {
  await authws.faults('user:ben', { duplicate: 1, latencyMs: 20, direction: 'out', seed: 1 });
  await exchange(x, o, [4, 0, 8]);
  assert.deepEqual(o.board, ['O', '', '', '', 'X', '', '', '', 'X']);
  assert.ok((await authws.rows('is:faulty')).length > 0);
}));

test('a player whose connection is cut plays on', () => play(async (x, o) => {
  await exchange(x, o, [4]);
  const waiting = o.client.until('waiting');
  await authws.faults(`conn:${o.client.clientId}`, { closeCode: 1001 });
  await waiting;
  await o.client.until('online');
  await o.play(0);
  await heard(x, 2);
  assert.equal(x.status, 'Your turn');
}));

test('the same game again', async () => {
  await play((x, o) => exchange(x, o, [0, 3, 1]));
  const file = join(tmpdir(), `game-${process.pid}.jsonl`);
  const rows = await authws.rows();
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  await authws.replay(file, { userMap: { ana: 'cleo', ben: 'dan' } });
  await rm(file);
});
