"""Fixed limits of the contract; those a host may change are in `settings`."""

MAX_HEAD_BYTES = 16 * 1024
"""What a connection may make the server keep before it is known what it wants."""
HEAD_TIMEOUT_S = 10.0
"""From the start of the connection to the end of its request head: slow heads must not hold all places."""
MAX_BODY_BYTES = 64 * 1024
"""Of an HTTP request; the same for every route."""
BODY_TIMEOUT_S = 15.0
"""For a whole body: a byte every few seconds must not hold the connection."""
CLOSE_TIMEOUT_S = 5.0
"""What a client has to answer a close frame, then its connection is cut."""
APP_NAME_MAX_CHARS = 64
USERNAME_MIN_CHARS = 1
"""Of Han, Hangul or Kana; see `USERNAME_MIN_LETTERS`."""
USERNAME_MIN_LETTERS = 2
"""Of every other script, where one letter is no name."""
USERNAME_MAX_CHARS = 64
PASSWORD_MIN_CHARS = 8
"""Unless the host's setting says otherwise."""
PASSWORD_MAX_CHARS = 1024
PRESENCE_MIN_INTERVAL_S = 0.05
"""People rarely come alone: what changes within it is one list."""
PRESENCE_MAX_INTERVAL_S = 0.2
"""Up to `PRESENCE_SMALL_CLIENTS` clients the list is never held back longer than this."""
PRESENCE_SMALL_CLIENTS = 200
PRESENCE_SHARE = 0.1
"""The part of the server's time and of a link's bandwidth that presence may take."""

INBOX_MAX = 1000
"""Messages that wait for one user."""
RECOVERED_MAX = 10_000
"""Messages that follow a login with `since`; who missed more asks for `history`, page by page."""
HISTORY_MAX = 200
"""Messages in one answer to `history`."""
HISTORY_DEFAULT = 50
NEWCOMERS_LAST = 50
"""How many messages from before their time newcomers see, where the setting says `last`."""

RETRY_SOON_S = 5
"""`Retry-After` of a 503: there may be room, or the database may be back, in a moment."""
RETRY_AFTER_MS = 1000
"""`retryAfterMs` of `UNAVAILABLE`, likewise."""

MAX_DEPTH = 500
"""Arrays and objects of a message within each other; Python alone takes more, and each version differs."""

FILTER_MAX_CHARS = 1000
FILTER_MAX_TERMS = 32
"""Of a filter that comes from a program: each waiter asks every term of every row."""
WAIT_MAX_S = 600
WAIT_MAX_ROWS = 1000
