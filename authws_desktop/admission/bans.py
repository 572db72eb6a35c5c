"""Who may not come in: bans of users and addresses, in a file of their own.

The file is shared with other processes (the command line): each reads it anew before it writes, and
`reload_if_changed` follows what others wrote. A file that cannot be understood is left alone; what was in
force stays in force. This computer's own addresses can never be banned, whatever the file says.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
import time
import uuid
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec
import psutil

from authws_desktop.accounts.names import clean_label
from authws_desktop.admission.access import is_loopback
from authws_desktop.errors import ServiceError
from authws_desktop.files import FileStamp, WatchedFile, advice_on
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.text import without_mark

log = logging.getLogger(__name__)
FILE_VERSION = 1


class BanError(ServiceError):
    """A ban cannot be made, lifted, read or saved; says what to do."""


class Subject(StrEnum):
    """What a ban is on."""

    USER = "user"
    ADDRESS = "address"


class Ban(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One ban.

    Attributes:
        id: Opaque.
        subject: Whether `value` is a user's id or an address.
        value: A user's id, or an IP address in its shortest form.
        name: The username when the ban was made; empty for an address.
        created_at: Seconds since the epoch.
        until: When it ends by itself, seconds since the epoch; `None` for never.
        reason: Told to whoever is refused; may be empty.
    """

    id: str
    subject: Subject
    value: str
    name: str
    created_at: float
    until: float | None
    reason: str

    @property
    def shown(self) -> str:
        """The username or the address."""
        return self.name or self.value

    def is_over(self, now_s: float) -> bool:
        """Tell whether it has ended by itself."""
        return self.until is not None and self.until <= now_s

    @property
    def close_reason(self) -> str:
        """What a closed connection is told."""
        return self._words("banned by the host")

    @property
    def sentence(self) -> str:
        """What a refused request is told."""
        what = "account" if self.subject is Subject.USER else "address"
        return self._words(f"The host has banned this {what}") + "."

    def _words(self, start: str) -> str:
        end = f" until {format_timestamp(self.until)[:16]}Z" if self.until is not None else ""
        return f"{start}{end}: {self.reason}" if self.reason else f"{start}{end}"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    bans: list[Ban]


class BanList:
    """The bans in force.

    Reading is free of I/O; `add_…`, `lift` and `reload_if_changed` touch the file and may be called in any
    thread.

    Attributes:
        revision: Changes with the bans.
        trouble: Why the file cannot be used, a sentence; empty if it can.

    Args:
        file: `DataPaths.bans_file`.
        now: The clock, seconds since the epoch.
        own_addresses: Tells this computer's own addresses.
    """

    def __init__(
        self,
        file: Path,
        now: Callable[[], float] = time.time,
        own_addresses: Callable[[], frozenset[str]] | None = None,
    ) -> None:
        self._file = file
        self._now = now
        self._own_addresses = own_addresses or own_addresses_now
        # Held from reading the file to writing it: of two acts at once, in two threads, the later would
        # otherwise write what it read before the earlier, and undo it. Other processes are not kept out by
        # it.
        self._lock = threading.Lock()
        self._bans: dict[tuple[Subject, str], Ban] = {}
        self._watched = WatchedFile(file)
        self._refused: FileStamp | None = None
        self.revision = 0
        self.trouble = ""

    # Asking

    def current(self) -> list[Ban]:
        """Return the bans in force, newest first."""
        now_s = self._now()
        found = [ban for ban in self._bans.values() if not ban.is_over(now_s)]
        return sorted(found, key=lambda ban: ban.created_at, reverse=True)

    def of_user(self, user_id: str) -> Ban | None:
        """Return the ban of a user."""
        return self._in_force(Subject.USER, user_id)

    def of_address(self, address: str) -> Ban | None:
        """Return the ban of an address; never one of this computer's own."""
        # Asked for every request and handshake; most servers have no such ban, and reading an address costs
        # more than this.
        if not any(subject is Subject.ADDRESS for subject, _ in self._bans):
            return None
        canonical = canonical_address(address)
        ban = self._in_force(Subject.ADDRESS, canonical) if canonical else None
        # Only for a banned address: the adapters are a question to the system. The file may come from another
        # computer, or this one has got a new address since.
        return None if ban is None or self.is_own(canonical) else ban

    def _in_force(self, subject: Subject, value: str) -> Ban | None:
        ban = self._bans.get((subject, value))
        return None if ban is None or ban.is_over(self._now()) else ban

    def is_own(self, address: str) -> bool:
        """Tell whether an address is this computer's: loopback or one of its adapters'."""
        canonical = canonical_address(address)
        if not canonical:
            return False
        return (
            is_loopback(canonical)
            or ipaddress.ip_address(canonical).is_unspecified
            or canonical in self._own_addresses()
        )

    # Changing

    def add_user(self, user_id: str, username: str, until: float | None = None, reason: str = "") -> Ban:
        """Ban a user; replaces an older ban of the same user.

        Raises:
            BanError: It would be over already, or cannot be saved.
        """
        return self._add(Subject.USER, user_id, username, until, reason)

    def add_address(self, address: str, until: float | None = None, reason: str = "") -> Ban:
        """Ban an address; replaces an older ban of the same address.

        Raises:
            BanError: It is no address or this computer's own, would be over already, or cannot be saved.
        """
        self.check_address(address)
        return self._add(Subject.ADDRESS, canonical_address(address), "", until, reason)

    def check_address(self, address: str) -> None:
        """Check that an address may be banned.

        Raises:
            BanError: It may not; says why.
        """
        if not canonical_address(address):
            raise BanError(f"'{clean_label(address)}' is not an IP address. Write one such as 192.168.1.20.")
        if self.is_own(address):
            raise BanError(f"{canonical_address(address)} is this computer itself, which cannot be banned.")

    def _add(self, subject: Subject, value: str, name: str, until: float | None, reason: str) -> Ban:
        now_s = self._now()
        if until is not None and until <= now_s:
            raise BanError("The ban would be over already. Choose a time to come.")
        ban = Ban(str(uuid.uuid4()), subject, value, name, now_s, until, clean_label(reason))
        with self._lock:
            bans = self._read_again()
            bans[subject, value] = ban
            self._write(bans)
        return ban

    def lift(self, ban_id: str) -> Ban | None:
        """End a ban before its time; `None` if there is no such ban any more.

        Raises:
            BanError: The file cannot be used.
        """
        with self._lock:
            bans = self._read_again()
            found = next((ban for ban in bans.values() if ban.id == ban_id), None)
            if found is not None:
                del bans[found.subject, found.value]
                self._write(bans)
        return found

    # The file

    def load(self) -> None:
        """Read the file.

        Raises:
            BanError: It cannot be understood; it is left alone.
        """
        with self._lock:
            seen = self._look()
            self._take(self._read(), seen)

    def close(self) -> None:
        """Release what is held; a file is held by nobody."""

    def reload_if_changed(self) -> bool:
        """Follow what another process wrote; return whether anything changed. Never raises.

        Bans stay in force when the file is gone or cannot be understood; `trouble` says so.
        """
        with self._lock:
            seen = None
            try:
                seen = self._look()
                if seen == self._watched.noted:
                    self.trouble = ""
                    return False
                if seen is None:
                    raise BanError(
                        f"The bans in {self._file} are gone. They stay in force until this program ends. Put "
                        "the file back, or ban somebody, which writes it again."
                    )
                if seen == self._refused:
                    return False  # said already; it need not be read twice a second
                bans = self._read()
            except BanError as error:
                self._refused = seen
                if str(error) != self.trouble:
                    log.warning("%s", error)
                self.trouble = str(error)
                return False
            self._take(bans, seen)
            return True

    def _take(self, bans: dict[tuple[Subject, str], Ban], seen: FileStamp | None) -> None:
        # Replaced as a whole, never changed in place: the loop reads it while another thread writes.
        self._bans, self.trouble = bans, ""
        self._watched.note(seen)
        self.revision += 1

    def _look(self) -> FileStamp | None:
        try:
            return self._watched.look()
        except OSError as error:
            raise BanError(f"The bans in {self._file} cannot be read ({error.strerror}).") from None

    def _read(self) -> dict[tuple[Subject, str], Ban]:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise BanError(f"The bans in {self._file} cannot be read ({error.strerror}).") from None
        try:
            found = msgspec.json.decode(without_mark(content), type=_File)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = None
        if found is None or found.version != FILE_VERSION:
            raise BanError(
                f"The bans in {self._file} cannot be understood: the file is damaged or of a newer "
                "version of this program. Repair it, or move it away to start without bans."
            )
        return {(ban.subject, ban.value): ban for ban in found.bans}

    def _read_again(self) -> dict[tuple[Subject, str], Ban]:
        """Return what the file holds now, without what is over."""
        now_s = self._now()
        is_gone = self._watched.noted is not None and self._look() is None
        bans = self._bans if is_gone else self._read()  # what is in force is not lost with its file
        return {key: ban for key, ban in bans.items() if not ban.is_over(now_s)}

    def _write(self, bans: dict[tuple[Subject, str], Ban]) -> None:
        content = msgspec.json.format(msgspec.json.encode(_File(FILE_VERSION, list(bans.values()))), indent=2)
        try:
            self._watched.write(content)
        except OSError as error:
            advice = advice_on(error, "Correct the rights of the file and its folder.")
            raise BanError(f"The bans cannot be saved to {self._file} ({error.strerror}). {advice}") from None
        self._take(bans, self._watched.noted)


def canonical_address(text: str) -> str:
    """Return an IP address in its one form: IPv4 in IPv6 as IPv4, no zone; empty if it is none."""
    try:
        ip = ipaddress.ip_address(text.strip().strip("[]").split("%")[0])
    except ValueError:
        return ""
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def own_addresses_now() -> frozenset[str]:
    """Return the addresses of this computer's adapters, in their one form."""
    try:
        adapters = psutil.net_if_addrs()
    except (psutil.Error, OSError):
        return frozenset()
    found = (canonical_address(item.address) for items in adapters.values() for item in items)
    return frozenset(address for address in found if address)
