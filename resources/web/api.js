// The HTTP side. Every call resolves to `{status, body}`, or throws a RequestFailed that can be shown.

const TIMEOUT_MS = 20_000;

/** @typedef {import('./frames').TokenAnswer} TokenAnswer */
/** @typedef {import('./frames').ServerStatus} ServerStatus */
/** @typedef {Pick<ServerStatus, 'title' | 'welcome' | 'language' | 'registration' | 'guests'>} Welcome what is told before anybody is in */
/** @template Body @typedef {Promise<{status: number, body: Body}>} Answer */

export class RequestFailed extends Error {
  /**
   * @param {number} status 0 if there was no answer
   * @param {Partial<import('./frames').HttpError>} body
   * @param {number | null} retryAfterS
   */
  constructor(status, { code = '', message = '', field } = {}, retryAfterS = null) {
    super(message || `HTTP ${status}`);
    this.status = status;
    this.code = code;
    this.field = field ?? null;
    this.retryAfterS = retryAfterS;
  }
}

/** Return what the server has put into its page, `null` if there is nothing. @param {Document} page @returns {Welcome | null} */
export function toldBy(page) {
  try {
    return JSON.parse(page.querySelector('meta[name="room"]')?.getAttribute('content') ?? 'null');
  } catch {
    return null;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: object, token?: string, credentials?: RequestCredentials}} more
 * @returns {Promise<any>} of the body only the caller knows the form
 */
async function call(method, path, { body, token, credentials = 'omit' } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    /** @type {RequestInit} */
    const options = { method, headers, cache: 'no-store', credentials, signal: abort.signal };
    const response = await fetch(path, body ? { ...options, body: JSON.stringify(body) } : options);
    const text = await response.text();
    return answerOf(response, text);
  } catch (error) {
    throw error instanceof RequestFailed ? error : new RequestFailed(0);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response @param {string} text */
function answerOf(response, text) {
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    if (response.ok) throw new RequestFailed(0);
  }
  if (response.ok) return { status: response.status, body };
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  throw new RequestFailed(response.status, body ?? {}, Number.isNaN(retryAfter) ? null : retryAfter);
}

/** @type {(username: string, password: string, inviteCode?: string) => Answer<TokenAnswer>} 202: it has to be approved */
export const register = (username, password, inviteCode) =>
  call('POST', '/auth/register', { body: inviteCode ? { username, password, inviteCode } : { username, password } });

/** @type {(username: string, password: string) => Answer<TokenAnswer>} */
export const login = (username, password) => call('POST', '/auth/login', { body: { username, password } });

/** @type {(username: string) => Answer<TokenAnswer>} a guest, by name alone */
export const joinAsGuest = (username) => call('POST', '/auth/guest', { body: { username } });

/** @type {(token: string) => Answer<null>} The answer may clear what is stored only where it might have set a cookie. */
export const logout = (token) => call('POST', '/auth/logout', { token, credentials: 'same-origin' });

/** @type {() => Answer<ServerStatus>} */
export const status = () => call('GET', '/');
