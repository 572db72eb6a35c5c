"""Fixed limits of the contract; those a host may change are in `settings`."""

MAX_HEAD_BYTES = 16 * 1024
HEAD_TIMEOUT_S = 10.0
MAX_BODY_BYTES = 64 * 1024
BODY_TIMEOUT_S = 15.0
CLOSE_TIMEOUT_S = 5.0
APP_NAME_MAX_CHARS = 64
USERNAME_MIN_CHARS = 3
USERNAME_MAX_CHARS = 32
PASSWORD_MIN_CHARS = 8
PASSWORD_MAX_CHARS = 1024
PRESENCE_MIN_INTERVAL_S = 0.05
PRESENCE_MAX_INTERVAL_S = 0.2
"""Up to `PRESENCE_SMALL_CLIENTS` clients the list is never held back longer than this."""
PRESENCE_SMALL_CLIENTS = 200
PRESENCE_SHARE = 0.1
"""The part of the server's time and of a link's bandwidth that presence may take."""
