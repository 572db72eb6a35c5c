// The HTTP side. Every call resolves to `{status, body}`, or throws a RequestFailed that can be shown.

const TIMEOUT_MS = 20_000;

export class RequestFailed extends Error {
  /** @param {number} status 0 if there was no answer */
  constructor(status, { code = '', message = '', field = null } = {}, retryAfterS = null) {
    super(message || `HTTP ${status}`);
    Object.assign(this, { status, code, field, retryAfterS });
  }
}

async function call(method, path, { body, token } = {}) {
  const headers = { Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const options = { method, headers, cache: 'no-store', credentials: 'omit', signal: abort.signal };
    const response = await fetch(path, body ? { ...options, body: JSON.stringify(body) } : options);
    const text = await response.text();
    return answerOf(response, text);
  } catch (error) {
    throw error instanceof RequestFailed ? error : new RequestFailed(0);
  } finally {
    clearTimeout(timer);
  }
}

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

export const register = (username, password, inviteCode) =>
  call('POST', '/auth/register', { body: inviteCode ? { username, password, inviteCode } : { username, password } });

export const login = (username, password) => call('POST', '/auth/login', { body: { username, password } });

export const refresh = (token) => call('POST', '/auth/refresh', { token });

export const logout = (token) => call('POST', '/auth/logout', { token });

export const status = () => call('GET', '/');
