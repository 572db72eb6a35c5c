"""What a test asks of a running server: users, rows of the traffic, faults."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from ..client import Client, HttpFailure  # noqa: TID252 - published with the client beside it
from ..client.http import call_now  # noqa: TID252
from .errors import HarnessError
from .events import events
from .replay import Replay, users_of
from .rows import Row, describe, read_rows

WAIT_S = 10.0
RETRY_S = 1.0
MARGIN_S = 20.0
"""Longer than the server takes to answer, so that it is the server that says why."""


class WaitFailed(HarnessError, AssertionError):
    """Rows did not come, or one came that was to stay away; says what did come."""


class User:
    """A test's account, and the clients that log in with it.

    Attributes:
        name, password: Its login.
        token: A token of it.
    """

    def __init__(self, server: Server, name: str, password: str) -> None:
        self._server = server
        self.name = name
        self.password = password
        body = {"username": name, "password": password}
        self.token = str(call_now("POST", f"{server.http}/auth/login", body)["token"])

    def __repr__(self) -> str:
        return f"User({self.name!r})"

    def client(self, **options: Any) -> Client:
        """Return a client of it, for `async with`; options as those of `Client`."""
        return Client(self._server.http, username=self.name, password=self.password, **options)


class Server:
    """A running server. Its methods block; those that end in `_async` do not.

    Attributes:
        http, ws: Its addresses.
        after: Rows up to this number do not count: they are of the time before the test.

    Args:
        http: Address of the HTTP side.
        admin_token: The run's admin token, or a host's token.
    """

    def __init__(self, http: str, admin_token: str) -> None:
        self.http = http.rstrip("/")
        self.ws = self.http.replace("http", "ws", 1)
        self.after = 0
        self._token = admin_token
        self._users: dict[str, User] = {}
        self._faulty: set[str] = set()

    def call(
        self, method: str, path: str, body: object = None, timeout_s: float = MARGIN_S
    ) -> dict[str, Any]:
        """Call the admin side.

        Raises:
            HttpFailure: It refused.
            OSError: It does not answer.
        """
        return call_now(method, self.http + path, body, self._token, timeout_s)

    # Users

    def user(self, name: str) -> User:
        """Return a user; the account is made when it is asked for first."""
        if name not in self._users:
            made = self.call("POST", "/admin/users", {"username": name})
            self._users[name] = User(self, name, made["password"])
        return self._users[name]

    def names(self) -> dict[str, str]:
        """Return the id of every account by its name."""
        return {each["username"]: each["id"] for each in self.call("GET", "/admin/users")["users"]}

    def send(self, content: object, to: str | None = None) -> None:
        """Talk as the server, to everyone or to one."""
        self.call("POST", "/admin/send", {"content": content, **({} if to is None else {"to": to})})

    # Traffic

    def last_number(self) -> int:
        """Return the number of the newest row."""
        return int(self.call("GET", "/admin/traffic?limit=0")["last"])

    def rows(self, filter: str = "", *, after: int | None = None) -> list[Row]:
        """Return all rows that pass a filter, oldest first."""
        found: list[Row] = []
        last = self.after if after is None else after
        while True:
            query = urlencode({"filter": filter, "after": last, "limit": 1000}, quote_via=quote)
            answer = self.call("GET", f"/admin/traffic?{query}")
            if not answer["rows"]:
                return found
            found += answer["rows"]
            last = answer["last"]

    def follow(self, filter: str = "", on_gap: Callable[[int], None] | None = None) -> Iterator[Row]:
        """Yield new rows as they come; goes on behind the last one when the connection breaks.

        Args:
            filter: In the language of the window's filter box.
            on_gap: Called with how many rows were dropped before they could be read.

        Raises:
            HttpFailure: The server refused.
            OSError: It does not answer, the first time or for `MARGIN_S`.
        """
        after = str(self.last_number())
        last_try_s = time.monotonic() + MARGIN_S
        while True:
            query = urlencode({"filter": filter, "after": after}, quote_via=quote)
            try:
                for event in events(f"{self.http}/admin/traffic/stream?{query}", self._token):
                    last_try_s = time.monotonic() + MARGIN_S
                    if event.name == "gap":
                        if on_gap is not None:
                            on_gap(int(event.data["missed"]))
                    else:
                        after = event.id
                        yield event.data
            except OSError:
                if time.monotonic() > last_try_s:
                    raise
            time.sleep(RETRY_S)

    def wait(
        self, filter: str, *, count: int = 1, within_s: float = WAIT_S, after: int | None = None
    ) -> list[Row]:
        """Return rows as soon as they are there, those that came since the test began included.

        Args:
            filter: In the language of the window's filter box.
            count: So many are waited for.
            within_s: For so long, seconds.
            after: Rows up to this number do not count; the test's own beginning if `None`.

        Raises:
            WaitFailed: They did not come; with the rows that came closest.
        """
        return self._wait(filter, within_s, after, count=count)

    def none(self, filter: str, within_s: float = 1.0, *, after: int | None = None) -> None:
        """Make sure that no row passes a filter for a time; arguments as of `wait`.

        Raises:
            WaitFailed: One did.
        """
        self._wait(filter, within_s, after, absent=True)

    async def wait_async(self, filter: str, **options: Any) -> list[Row]:
        """As `wait`, for coroutines."""
        return await asyncio.to_thread(self.wait, filter, **options)

    async def none_async(self, filter: str, within_s: float = 1.0, **options: Any) -> None:
        """As `none`, for coroutines."""
        await asyncio.to_thread(self.none, filter, within_s, **options)

    def _wait(self, filter: str, within_s: float, after: int | None, **more: object) -> list[Row]:
        body = {"filter": filter, "timeoutS": within_s, "after": self.after if after is None else after}
        try:
            answer = self.call("POST", "/admin/wait", {**body, **more}, within_s + MARGIN_S)
        except HttpFailure as failure:
            raise _explain(filter, failure) from None
        rows: list[Row] = answer["rows"]
        return rows

    # Faults

    def faults(self, target: str = "all", **faults: Any) -> None:
        """Break connections on purpose; without faults, mend them.

        Args:
            target: `all`, `user:NAME` or `conn:ID`.
            faults: As the body of `PUT /admin/faults/…` has them.
        """
        path = f"/admin/faults/{quote(target, safe=':')}"
        if faults:
            self._faulty.add(target)
            self.call("PUT", path, faults)
        else:
            self._faulty.discard(target)
            self.call("DELETE", path)

    def mend(self) -> None:
        """End the faults that were asked for here."""
        # A copy: `faults` takes each out.
        for target in list(self._faulty):
            self.faults(target)

    # Recordings

    async def replay_async(self, file: Path, *, user_map: Mapping[str, str] | None = None) -> Replay:
        """Replay a recording as fast as it goes, as users of these names; returns what was done.

        Args:
            file: Exported as JSON Lines.
            user_map: Users of now by users of the recording.

        Raises:
            Difference: An answer is another one than was recorded.
            RowsError, ReplayError: It cannot be replayed.
        """
        rows = await asyncio.to_thread(read_rows, file)
        names = dict(user_map or {})
        for name in users_of(rows):  # made before: hashing takes its time, and a recorded step must not
            await asyncio.to_thread(self.user, names.get(name, name))
        replay = Replay(self, rows, lambda name: self.user(name).password, names)
        await replay.run()
        return replay

    def replay(self, file: Path, *, user_map: Mapping[str, str] | None = None) -> Replay:
        """As `replay_async`, for tests that are no coroutines."""
        # On a thread of its own: a test may be on one whose loop runs already, as Playwright's is.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, self.replay_async(file, user_map=user_map)).result()


def _explain(filter: str, failure: HttpFailure) -> Exception:
    if failure.code == "WAIT_TIMEOUT":
        nearest: Any = failure.body.get("nearest", [])
        closest = "\n".join(f"  {describe(row)}" for row in nearest) or "  none"
        return WaitFailed(f"{filter}: {failure}\nRows that came closest:\n{closest}")
    if failure.code == "UNWANTED_ROW":
        row: Any = failure.body.get("row", {})
        return WaitFailed(f"{filter}: this row was to stay away:\n  {describe(row)}")
    return failure
