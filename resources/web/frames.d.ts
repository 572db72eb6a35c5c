// What goes over the wire, as far as this client reads and writes it: the contract's frames and HTTP bodies, under
// the names they have in the server. A test holds them against the server's own.

export interface WireUser {
  id: string;
  username: string;
}

// Server to client

export interface Connected {
  type: 'connection';
  clientId: string;
  timestamp: string;
  features: string[];
}

export interface Authenticated {
  type: 'authentication';
  user: WireUser;
  timestamp: string;
  clientId: string;
  expiresAt: string;
  recovered?: boolean;
  last?: string;
}

export interface Broadcast {
  type: 'message';
  from: string;
  username: string;
  content: unknown;
  timestamp: string;
  id: string;
  replayed?: boolean;
  pinned?: boolean;
}

export interface Unpinned {
  type: 'message_unpinned';
  id: string;
}

export interface DirectMessage {
  type: 'direct';
  from: string;
  to: string;
  username: string;
  content: unknown;
  timestamp: string;
  id: string;
  replayed?: boolean;
  echo?: boolean;
}

export interface Delivered {
  type: 'message_delivered';
  messageId?: unknown;
  timestamp: string;
  id: string;
  recipients: number;
  queued?: boolean;
}

export interface Accepted {
  type: 'message_accepted';
  messageId: unknown;
  timestamp: string;
  id: string;
  recipients: number;
}

export interface Acknowledged {
  type: 'message_acknowledged';
  id: string;
}

export interface HistoryPage {
  type: 'history';
  messages: (Broadcast | DirectMessage)[];
  more: boolean;
  messageId?: unknown;
}

/** One connection of somebody who is here. */
export interface WirePresence {
  id: string;
  username: string;
  userId: string;
  role?: string;
}

export interface UserList {
  type: 'user_list';
  users: WirePresence[];
  timestamp: string;
}

/** Who came and who went since the list before. */
export interface Presence {
  type: 'presence';
  joined: WirePresence[];
  left: string[];
}

export interface ErrorMessage {
  type: 'error';
  code: string;
  message: string;
  messageId?: unknown;
  reason?: string;
  retryAfterMs?: number;
}

export type ServerFrame = Connected | Authenticated | Broadcast | Unpinned | DirectMessage | Delivered | Accepted | Acknowledged | HistoryPage | UserList | Presence | ErrorMessage;

// Client to server

export interface Authenticate {
  type: 'authenticate';
  token: string;
  app?: string;
  presence?: string;
  since?: unknown;
  echo?: unknown;
  ack?: unknown;
  pinned?: unknown;
  replaces?: unknown;
}

export interface Message {
  type: 'message';
  content: unknown;
  messageId?: unknown;
}

export interface Direct {
  type: 'direct';
  content: unknown;
  to?: string;
  messageId?: unknown;
  receipt?: unknown;
}

export interface HistoryRequest {
  type: 'history';
  before?: string;
  limit?: number;
  with?: string;
  messageId?: unknown;
}

export interface Ack {
  type: 'ack';
  id: string;
}

export type ClientFrame = Authenticate | Message | Direct | HistoryRequest | Ack;

// HTTP bodies

export interface TokenUser {
  id: string;
  username: string;
}

export interface TokenAnswer {
  token: string;
  user: TokenUser;
  expiresAt: string;
}

export interface ServerStatus {
  version: string;
  uptimeSeconds: number;
  registration: string;
  title: string;
  welcome: string;
  language: string;
  guests: boolean;
  guestDirects: boolean;
  whoMayWrite: string;
  images: boolean;
}

export interface HttpError {
  code: string;
  message: string;
  field?: string;
}
