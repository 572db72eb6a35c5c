// Noughts and crosses for two: each side keeps the board, and tells the other one its moves.

import { Client } from 'authws-client';

const LINES = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];

export class Game {
  /**
   * @param {Client} client logged in as the player, or about to be
   * @param {{opponent: string, mark: 'X' | 'O', onChange?: () => void}} options X begins
   */
  constructor(client, { opponent, mark, onChange = () => {} }) {
    this.client = client;
    this.opponent = opponent;
    this.mark = mark;
    this.onChange = onChange;
    /** @type {number[]} cells in the order of the moves */
    this.moves = [];
    client.on('direct', ({ username, content }) => this.#heard(username, content));
    client.on('state', onChange);
  }

  get board() {
    return Array.from({ length: 9 }, (_, cell) => ['X', 'O'][this.moves.indexOf(cell) % 2] ?? '');
  }

  get turn() {
    return this.moves.length % 2 ? 'O' : 'X';
  }

  get winner() {
    const { board } = this;
    const line = LINES.find(([a, b, c]) => board[a] && board[a] === board[b] && board[b] === board[c]);
    return line ? board[line[0]] : '';
  }

  get status() {
    if (this.client.state !== 'online') return 'No connection';
    if (this.winner) return this.winner === this.mark ? 'You win' : 'You lose';
    if (this.moves.length === 9) return 'Nobody wins';
    return this.turn === this.mark ? 'Your turn' : `${this.opponent}'s turn`;
  }

  /** Put our mark into a cell, 0 to 8; resolves once the other side has it. */
  async play(cell) {
    if (this.turn !== this.mark || this.winner || this.moves.includes(cell)) throw new Error('That is no move.');
    const number = this.moves.length;
    this.moves.push(cell);
    this.onChange();
    await this.client.direct(this.opponent, { number, cell });
  }

  #heard(username, { number, cell }) {
    // A network may bring the same twice: each move counts once, in its place.
    if (username !== this.opponent || number !== this.moves.length || this.turn === this.mark) return;
    this.moves.push(cell);
    this.onChange();
  }
}

/** Play in a page: the address says who. */
export function playIn(root, address) {
  const { server, name, token, opponent, mark } = Object.fromEntries(new URL(address).searchParams);
  const client = new Client(server, { token, app: 'noughts and crosses' });
  const status = root.querySelector('[role=status]');
  const cells = [...root.querySelectorAll('button')];
  const draw = () => {
    status.textContent = game.status;
    game.board.forEach((mark, cell) => { cells[cell].textContent = mark; });
  };
  const game = new Game(client, { opponent, mark, onChange: () => draw() });
  cells.forEach((button, cell) => {
    button.ariaLabel = `Cell ${cell}`;
    button.onclick = () => game.play(cell).catch((error) => { status.textContent = error.message; });
  });
  root.querySelector('h1').textContent = `${name} plays ${mark}`;
  client.start().catch((error) => { status.textContent = error.message; });
  return game;
}
