// The types of client.js.

export declare const FIRST_WAIT_MS: number;
export declare const LONGEST_WAIT_MS: number;
export declare const PAUSE_MS: number;
export declare const REFRESH_AT: number;
export declare const OPEN_MS: number;
export declare const ANSWER_MS: number;
export declare const SILENCE_MS: number;
export declare const STABLE_MS: number;

export type Next = 'retry' | 'pause' | 'login' | 'end';
export declare function nextAfterClose(code: number): Next;
export declare function nextAfterRefusal(reason?: string): Next;
export declare function backoffMs(attempt: number, random?: () => number, longestMs?: number): number;

/** `checking`: a sign of life of the server is awaited, and nothing is sent meanwhile. */
export type State = 'new' | 'connecting' | 'online' | 'checking' | 'waiting' | 'ended';

/** A connection that has ended, and what follows. */
export interface Closed {
  /** The close code; 1006 for a connection that broke, 0 for a token that was refused. */
  code: number;
  /** The close frame's, or the reason of the AUTH_ERROR. */
  reason: string;
  /** A sentence for a person. */
  message: string;
  next: Next;
  /** When the next try is; null where there is none. */
  retryMs: number | null;
  /** Whether the handshake had succeeded. */
  wasOpened: boolean;
}

/** The answer of a login or a refresh; from `getToken`, the token alone. */
export interface TokenAnswer {
  token: string;
  user?: User;
  expiresAt?: string;
}

/** What the server says of a message. */
export interface Sent {
  id: string;
  /** Connections it was written to; null where the server does not say. */
  recipients: number | null;
  /** Whether it waits for a recipient who is away. */
  isQueued: boolean;
}

export interface User {
  id: string;
  username: string;
}

/** One connection of somebody who is here. */
export interface ListedUser {
  id: string;
  username: string;
  userId: string;
  lastActive: string;
  role?: string;
}

export interface MessageFrame {
  type: 'message';
  id: string;
  from: string;
  username: string;
  content: unknown;
  timestamp: string;
  replayed?: boolean;
}

export interface DirectFrame {
  type: 'direct';
  id: string;
  from: string;
  to: string;
  username: string;
  content: unknown;
  timestamp: string;
  replayed?: boolean;
}

/** Any frame of the server. */
export interface Frame {
  type: string;
  [field: string]: unknown;
}

export interface ClientOptions {
  /** To log in with. */
  username?: string;
  password?: string;
  /** Used in place of a login, or until it runs out. */
  token?: string;
  /** Gets a new token, wherever it comes from. */
  getToken?: () => string | Promise<string>;
  /** Name of the program, shown to the host. */
  app?: string;
  /** How to be told who is here. */
  presence?: 'full' | 'delta' | 'none';
  /** Messages that may wait to be sent, and to be taken from the iterator. */
  queueSize?: number;
  /** A class like the browser's; needed where there is none (Node before 22). */
  WebSocket?: new (url: string) => any;
  /** Further fields of `authenticate`, asked for each time it is sent. */
  wishes?: () => Record<string, unknown>;
  /** In place of 30 s, the longest wait between two tries. */
  longestWaitMs?: number;
  random?: () => number;
  /** Time, for tests. */
  timers?: { set: (act: () => void, ms: number) => any; clear: (timer: any) => void; now: () => number };
}

export declare class ClientError extends Error {
  /** Stable: the server's code, or CLOSED, CONNECTION_LOST, QUEUE_FULL, MESSAGE_TOO_BIG, UNREACHABLE, FAILED. */
  code: string;
  /** HTTP status; 0 where there was none. */
  status: number;
  retryAfterMs: number | null;
}

interface Events {
  state: State;
  frame: Frame;
  message: MessageFrame;
  direct: DirectFrame;
  users: ListedUser[];
  /** The token was renewed; told before it is used. */
  token: TokenAnswer;
  closed: Closed;
}

export declare class Client implements AsyncIterable<MessageFrame | DirectFrame> {
  /** @param url Address of the HTTP side, such as `location.origin`. */
  constructor(url: string | URL, options?: ClientOptions);
  readonly state: State;
  readonly clientId: string;
  readonly user: User | null;
  readonly users: ListedUser[];
  readonly features: string[];
  readonly lastId: string;
  /** Whether nothing was missed at the last return; null where the server does not say. */
  readonly isRecovered: boolean | null;
  /** Why it ended; null before. */
  readonly error: ClientError | null;
  /** Returns a function that ends it. With a frame goes its text, as it was written. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name], text: string) => void): () => void;
  start(): Promise<void>;
  until(state: State): Promise<void>;
  send(content: unknown): Promise<Sent>;
  direct(to: string, content: unknown): Promise<Sent>;
  /** Send a frame, or its text, as it is; false unless online. */
  frame(frame: { type: string } | string): boolean;
  /** Use another token from now on; an open connection is renewed with it. */
  renew(token: string): void;
  /** Ask for a sign of life; without one, the connection is given up. */
  check(): void;
  /** The page was shown, or the network is back: end a wait, or see whether the connection still lives. */
  wake(): void;
  /** Say whether somebody looks: only then is silence looked into. */
  watch(isWatched: boolean): void;
  close(): void;
  [Symbol.asyncIterator](): AsyncIterator<MessageFrame | DirectFrame>;
}
