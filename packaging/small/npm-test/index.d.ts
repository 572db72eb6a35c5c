// The types of index.js.

import { Client, ClientOptions } from 'authws-client';

export interface Row {
  number: number;
  time_s: number;
  direction: 'in' | 'out' | 'event';
  kind: string;
  identity: { number: number; client_id: string; address: string; user_id: string; username: string; token_id: string; app: string };
  payload?: string;
  to?: string;
  recipients?: number;
  outcome?: string;
  detail?: string;
  [field: string]: unknown;
}

export interface TestUser {
  name: string;
  password: string;
  token: string;
  /** Return a client of this user; start it with `await client.start()`. */
  client(options?: ClientOptions): Client;
}

export interface Faults {
  direction?: 'in' | 'out' | 'both';
  latencyMs?: number;
  jitterMs?: number;
  drop?: number;
  duplicate?: number;
  bytesPerS?: number;
  freeze?: boolean;
  cutAfterBytes?: number;
  closeCode?: number;
  expireToken?: boolean;
  fragmentBytes?: number;
  seed?: number;
  untilS?: number;
}

export declare class AuthwsError extends Error {
  code: string;
  body: Record<string, unknown>;
}

export declare function describe(row: Row): string;
export declare function programCommand(): string[];

export declare class Authws {
  readonly http: string;
  readonly ws: string;
  /** Rows up to this number do not count. */
  after: number;
  start(args?: string[]): Promise<void>;
  stop(): Promise<void>;
  call(method: string, path: string, body?: unknown): Promise<any>;
  user(name: string): Promise<TestUser>;
  send(content: unknown, to?: string): Promise<void>;
  lastNumber(): Promise<number>;
  rows(filter?: string, options?: { after?: number }): Promise<Row[]>;
  wait(filter: string, options?: { count?: number; withinS?: number; after?: number }): Promise<Row[]>;
  none(filter: string, options?: { withinS?: number; after?: number }): Promise<void>;
  /** @param target `all`, `user:NAME` or `conn:ID` */
  faults(target: string, faults?: Faults): Promise<void>;
  mend(): Promise<void>;
  /** Close every client that was made here; `useAuthws` does after each test. */
  closeClients(): void;
  replay(file: string, options?: { userMap?: Record<string, string> }): Promise<void>;
  shown<Given extends unknown[]>(body: (...given: Given) => unknown): (...given: Given) => Promise<void>;
}

type Hook = (act: () => Promise<void>) => void;
interface Hooks {
  beforeAll: Hook;
  afterAll: Hook;
  beforeEach: Hook;
  afterEach: Hook;
}

export declare function useAuthws(hooks: Hooks, args?: string[]): Authws;

/** What a test file asks of its runner's adapter; `test` is the runner's own, and shows the last rows of what failed. */
export type UseAuthws<Test> = (args?: string[]) => { authws: Authws; test: Test };

/** Make an adapter for a runner whose `beforeAll` and `test` take a time limit in ms behind the function. */
export declare function adapt<Test>(hooks: Hooks, test: Test): UseAuthws<Test>;
