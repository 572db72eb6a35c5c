// Starts the program for tests, makes users, and waits for rows of its traffic. Types are in index.d.ts.

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Client } from 'authws-client';

const SHOWN_ROWS = 20;
const WAIT_S = 10;
const STOP_MS = 20_000;
// Runners give a hook or a test five seconds, in which no program starts on a busy machine, and no wait says why it failed.
const START_MS = 60_000;
const TEST_MS = 30_000;

export class AuthwsError extends Error {
  constructor(message, code, body = {}) {
    super(message);
    this.name = 'AuthwsError';
    this.code = code;
    this.body = body;
  }
}

/** Return a row on one line. */
export function describe({ number, direction, kind, identity = {}, to, outcome, payload, detail }) {
  const who = identity.username || identity.client_id || identity.address || '-';
  const text = payload || detail || '';
  return [`#${number}`, direction, kind, who, to && `to ${to}`, outcome && `[${outcome}]`, text.slice(0, 200)]
    .filter(Boolean)
    .join(' ');
}

/** Return how the program is called: by AUTHWS_PROGRAM, or what is on PATH. */
export function programCommand() {
  const named = process.env.AUTHWS_PROGRAM ?? '';
  if (!named) return ['authws-desktop'];
  return existsSync(named) ? [named] : named.split(/\s+/);
}

export class Authws {
  #process = null;
  #folder = '';
  #token = '';
  #users = new Map();
  #faulty = new Set();
  #clients = new Set();

  constructor() {
    this.http = '';
    this.ws = '';
    this.after = 0;
  }

  /** Start the program on a free port, with a folder of its own. */
  async start(args = []) {
    this.#folder = await mkdtemp(join(tmpdir(), 'authws-'));
    const [program, ...before] = programCommand();
    const own = ['serve', '--json', '--admin-token', '--host', '127.0.0.1', '--port', '0', '--data-dir', this.#folder];
    const child = spawn(program, [...before, ...own, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    let errors = '';
    child.stderr.on('data', (data) => { errors = (errors + data).slice(-4_000); });
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('error', (error) => reject(new AuthwsError(`${program} cannot be started: ${error.message}`, 'NO_PROGRAM')));
      child.once('exit', () => reject(new AuthwsError(`The program did not start. ${errors}`, 'NOT_STARTED')));
    });
    const { http, adminToken } = JSON.parse(line);
    this.http = http;
    this.ws = http.replace(/^http/, 'ws');
    this.#token = adminToken;
  }

  /** End it. */
  async stop() {
    const child = this.#process;
    this.#process = null;
    if (child && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      const killing = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await gone;
      clearTimeout(killing);
    }
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }

  /** Call the admin side. */
  async call(method, path, body) {
    const headers = { Authorization: `Bearer ${this.#token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) };
    const response = await fetch(this.http + path, { method, headers, body: body && JSON.stringify(body) });
    const answer = response.status === 204 ? {} : await response.json();
    if (!response.ok) throw new AuthwsError(answer.message, answer.code, answer);
    return answer;
  }

  /** Return a user; the account is made when it is asked for first. */
  async user(name) {
    if (!this.#users.has(name)) this.#users.set(name, this.#makeUser(name));
    return this.#users.get(name);
  }

  async #makeUser(name) {
    const { password } = await this.call('POST', '/admin/users', { username: name });
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ username: name, password });
    const { token } = await (await fetch(`${this.http}/auth/login`, { method: 'POST', headers, body })).json();
    const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket;
    const client = (options = {}) => {
      const made = new Client(this.http, { username: name, password, WebSocket, ...options });
      this.#clients.add(made);
      return made;
    };
    return { name, password, token, client };
  }

  /** Talk as the server, to everyone or to one. */
  async send(content, to) {
    await this.call('POST', '/admin/send', { content, to });
  }

  async lastNumber() {
    return (await this.call('GET', '/admin/traffic?limit=0')).last;
  }

  /** Return all rows of this test that pass a filter. */
  async rows(filter = '', { after = this.after } = {}) {
    const found = [];
    for (let last = after; ; ) {
      const query = new URLSearchParams({ filter, after: last, limit: 1000 });
      const answer = await this.call('GET', `/admin/traffic?${query}`);
      if (!answer.rows.length) return found;
      found.push(...answer.rows);
      last = answer.last;
    }
  }

  /** Return rows as soon as they are there. */
  async wait(filter, { count = 1, withinS = WAIT_S, after = this.after } = {}) {
    return (await this.#wait({ filter, count, timeoutS: withinS, after })).rows;
  }

  /** Make sure that no row passes a filter for a time. */
  async none(filter, { withinS = 1, after = this.after } = {}) {
    await this.#wait({ filter, timeoutS: withinS, after, absent: true });
  }

  async #wait(body) {
    try {
      return await this.call('POST', '/admin/wait', body);
    } catch (error) {
      const rows = error.body?.nearest ?? (error.body?.row ? [error.body.row] : []);
      const shown = rows.map((row) => `\n  ${describe(row)}`).join('');
      throw error instanceof AuthwsError ? new AuthwsError(`${body.filter}: ${error.message}${shown}`, error.code, error.body) : error;
    }
  }

  /** Break connections on purpose; without faults, mend them. */
  async faults(target, faults) {
    const path = `/admin/faults/${encodeURIComponent(target)}`;
    if (faults) this.#faulty.add(target);
    else this.#faulty.delete(target);
    await this.call(faults ? 'PUT' : 'DELETE', path, faults);
  }

  /** Close the clients that were made here: one that a failed test left would connect again and again, and keep Node running. */
  closeClients() {
    for (const client of this.#clients) client.close();
    this.#clients.clear();
  }

  /** End the faults that were asked for here. */
  async mend() {
    for (const target of [...this.#faulty]) await this.faults(target);
  }

  /** Send a recording again as fast as it goes; rejects with the first difference. */
  async replay(file, { userMap = {} } = {}) {
    const [program, ...before] = programCommand();
    const maps = Object.entries(userMap).flatMap(([old, now]) => ['--user-map', `${old}=${now}`]);
    const args = ['replay', file, '--url', this.http, '--speed', 'max', '--create-users', '--data-dir', this.#folder, ...maps];
    const env = { ...process.env, AUTHWS_ADMIN_TOKEN: this.#token };
    await new Promise((resolve, reject) => {
      execFile(program, [...before, ...args], { env }, (error, _output, errors) =>
        error ? reject(new AuthwsError(errors, 'DIFFERENCE')) : resolve(),
      );
    });
  }

  /** Return a test that adds the last rows of the traffic to its error. */
  shown(body) {
    // Without named parameters: Jest would take one for a callback that it has to wait for.
    return async (...given) => {
      try {
        await body(...given);
      } catch (error) {
        const rows = (await this.rows().catch(() => [])).slice(-SHOWN_ROWS);
        error.message += `\n\nthe last ${SHOWN_ROWS} rows of the traffic:${rows.map((row) => `\n  ${describe(row)}`).join('')}`;
        error.stack = `${error.name}: ${error.message}\n${error.stack ?? ''}`;
        throw error;
      }
    };
  }
}

/** Run the program for the tests of a file, with the hooks of whichever runner. */
export function useAuthws({ beforeAll, afterAll, beforeEach, afterEach }, args = []) {
  const authws = new Authws();
  beforeAll(() => authws.start(args));
  beforeEach(async () => { authws.after = await authws.lastNumber(); });
  afterEach(async () => {
    authws.closeClients();
    await authws.mend();
  });
  afterAll(() => authws.stop());
  return authws;
}

/** Return what a test file of one runner asks: `useAuthws(args)`, which gives `{authws, test}`; its `test` shows the rows. */
export function adapt({ beforeAll, ...hooks }, test) {
  return (args = []) => {
    const authws = useAuthws({ ...hooks, beforeAll: (act) => beforeAll(act, START_MS) }, args);
    const showing = (run) => (...given) => {
      const shown = given.map((each) => (typeof each === 'function' ? authws.shown(each) : each));
      return run(...shown, ...(typeof given.at(-1) === 'function' ? [TEST_MS] : []));
    };
    return { authws, test: Object.assign(showing(test), { only: showing(test.only), skip: test.skip, todo: test.todo }) };
  };
}
