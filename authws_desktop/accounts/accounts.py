"""The accounts as the rest of the program uses them: their parts, built once, and lookups by id and name."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from authws_desktop.accounts import names
from authws_desktop.accounts.administration import Administration
from authws_desktop.accounts.audit import WINDOW, Actor
from authws_desktop.accounts.audit_trail import AuditTrail
from authws_desktop.accounts.errors import AccountsError
from authws_desktop.accounts.foreign_keys import ForeignKeys
from authws_desktop.accounts.foreign_tokens import ForeignTokens
from authws_desktop.accounts.hashing import HashingQueue
from authws_desktop.accounts.housekeeping import Housekeeping
from authws_desktop.accounts.importing import Importing
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.login_throttle import LoginThrottle
from authws_desktop.accounts.logins import Logins
from authws_desktop.accounts.models import Account, EndedTokens, Role
from authws_desktop.accounts.passwords import DEFAULT_COST, PasswordHasher
from authws_desktop.accounts.registration import Registrations
from authws_desktop.accounts.sessions import Sessions
from authws_desktop.accounts.store.database import BUSY_TIMEOUT_S, Database
from authws_desktop.settings import CurrentSettings, Settings

log = logging.getLogger(__name__)


class Accounts:
    """All accounts, and the parts that act on them. Used on one event loop only.

    Reading is synchronous, from a copy in memory; everything that writes or hashes is awaited and runs in
    threads. `ledger` says in which order.

    Attributes:
        keys: The keys that sign this server's tokens, and those still accepted.
        settings: The settings in force, read at each use.
        database: Holds the tables; opened and closed here, shared with what keeps messages.
        sessions: Tokens: checking, issuing, renewing, ending.
        logins: Passwords of users, and the waits of who guesses them.
        registration: How people become users: by themselves, by invitation, by approval.
        administration: Creating, changing and deleting accounts, for a host.
        importing: Many accounts at once.
        audit: The list of administrative acts: who did what, when.

    Args:
        database_url: An SQLAlchemy URL; `store.database.sqlite_url` makes one of a file.
        keys: The keys that sign this server's tokens, and those still accepted.
        settings: The settings in force; the defaults if omitted.
        password_cost: bcrypt's work factor; tests use 4.
        now: The clock, seconds since the epoch.
        busy_timeout_s: How long a write waits for another process's, seconds.
        actor: Written to the audit as who acts, where a call names nobody.
    """

    def __init__(
        self,
        database_url: str,
        keys: SigningKeys,
        settings: CurrentSettings | None = None,
        *,
        password_cost: int = DEFAULT_COST,
        now: Callable[[], float] = time.time,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        actor: Actor = WINDOW,
    ) -> None:
        self.keys = keys
        self.settings = settings or CurrentSettings.of(Settings())
        self.database = Database(database_url, busy_timeout_s=busy_timeout_s)
        self._ledger = Ledger(self.database, keys, now)
        self._mirror = self._ledger.mirror
        self._hashing = HashingQueue(PasswordHasher(password_cost))
        self._foreign_keys = ForeignKeys()
        self._troubles: list[str] = []
        self._build(LoginThrottle(now), actor)

    def _build(self, throttle: LoginThrottle, actor: Actor) -> None:
        ledger, settings, hashing = self._ledger, self.settings, self._hashing
        self.audit = AuditTrail(ledger, actor)
        self._foreign = ForeignTokens(ledger, settings, self._foreign_keys)
        self.sessions = Sessions(ledger, self.audit, settings, self._foreign)
        self.logins = Logins(ledger, self.sessions, hashing, throttle, self.audit, settings)
        self.registration = Registrations(ledger, self.sessions, hashing, throttle, self.audit, settings)
        self.administration = Administration(ledger, hashing, throttle, self.audit, settings)
        self.importing = Importing(ledger, hashing, self.audit, settings)
        self._housekeeping = Housekeeping(ledger, self.sessions, settings)

    # Life

    async def open(self) -> None:
        """Open the database, making or upgrading its tables, and load it.

        Raises:
            AccountsError: The database cannot be used; says what to do. It is left as it is.
        """
        try:
            await self._ledger.open()
            await self._follow_foreign_keys()
        # A start that is cancelled must not leave the database's thread behind.
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish what is being written, write last uses, and close; may be called twice.

        Whoever waits for a password to be hashed is refused. Cancelling leaves threads behind.
        """
        # In this order: a hash that ends may still ask for a write, and the last uses are a write, too. Only
        # then may the thread that writes go.
        await self._hashing.close()
        await self.sessions.fresh.close()
        await self._foreign_keys.close()
        await self._housekeeping.tidy_at_end()
        await self._ledger.close()

    async def poll_changes(self) -> None:
        """Follow what other processes changed, and tidy up now and then; call it twice a second.

        A database or secret that cannot be read just now is logged once and tried again at the next call.
        """
        # Each for itself: a secret file that is gone must not keep the database from being followed.
        troubles = []
        for follow in (
            self._ledger.follow_keys,
            self._ledger.follow_database,
            self._housekeeping.tidy_when_due,
            self._follow_foreign_keys,
        ):
            try:
                await follow()
            except AccountsError as error:
                troubles.append(str(error))
        for trouble in troubles:
            if trouble not in self._troubles:
                log.warning("%s", trouble)
        self._troubles = troubles

    @property
    def troubles(self) -> list[str]:
        """What keeps the database, the secret or others' keys from being used now, as sentences."""
        found = [*self._troubles, self._foreign_keys.trouble]
        return [each for each in found if each]

    async def _follow_foreign_keys(self) -> None:
        values = self.settings.values
        self._foreign.follow_setting()
        await self._foreign_keys.follow("" if values.foreign_tokens == "off" else values.foreign_keys)

    def observe_ended(self, callback: Callable[[EndedTokens], None]) -> None:
        """Have a function called, on the loop, whenever tokens end before their expiry."""
        self._ledger.observe_ended(callback)

    def observe_renamed(self, callback: Callable[[Account], None]) -> None:
        """Have a function called, on the loop, whenever an account has another name than before."""
        self._ledger.observe_renamed(callback)

    def observe_written(self, callback: Callable[[], None]) -> None:
        """Have a function called, on the loop, after each write of this process."""
        self._ledger.observe_written(callback)

    # Who there is

    @property
    def revision(self) -> int:
        """A number that grows with every change of an account or session."""
        return self._mirror.revision

    def users(self) -> list[Account]:
        """Return all accounts, oldest first."""
        return list(self._mirror.accounts.values())

    def get(self, user_id: str) -> Account | None:
        """Return the account with this id, or the visitor who has none."""
        return self._mirror.accounts.get(user_id) or self._foreign.visitor(user_id)

    def role_of(self, user_id: str) -> Role:
        """Return the role of a user; that of a member where nobody has this id."""
        account = self.get(user_id)
        return Role.MEMBER if account is None else account.role

    def find(self, name: str) -> Account | None:
        """Return the account with this name, compared as logins compare it."""
        return self._mirror.find(names.lookup_key(name))
