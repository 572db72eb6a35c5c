"""The client: one connection that stays, as the contract's close codes say.

    connecting -> online -> waiting -> connecting ...        or ended, for good

A token is renewed on the open connection before it runs out. One that is refused is replaced by one new
token; if that is refused as well, the client ends: it never comes back again and again with a token that does
not count.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from .errors import ClientError, Ended, HttpFailure, MessageTooBig, Unsure
from .http import call, is_here, life_of, seconds_between
from .policy import PAUSE_S, REFRESH_AT, TOO_BIG, Backoff, Next, after_close, after_refusal
from .sending import SendQueue, Sent
from .state import Lost, State

OPEN_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 10.0
STABLE_S = 5.0
"""A connection that lasted so long was good: the next wait is short again."""
SHORTEST_REFRESH_S = 0.5
RETRY_REFRESH_S = 15.0

GetToken = Callable[[], Awaitable[str]]
Frame = dict[str, Any]


class Client:
    """One user's connection. Used on one event loop; `async with` starts and closes it.

    Attributes:
        state: Where it is.
        client_id: Of the connection that is open now; empty before.
        user: `{"id", "username"}`, once it was online.
        users: The last user list.
        features: Optional parts that the server offers.
        last_id: Id of the newest message received; empty before.
        is_recovered: Whether nothing was missed at the last return; `None` where the server does not say.
        dropped: Messages that nobody took from the iterator in time.

    Args:
        url: Address of the HTTP side, such as `http://localhost:4000`.
        username, password: To log in with.
        token: Used in place of a login, or until it runs out.
        get_token: Gets a new token wherever it comes from.
        app: Name of the program, shown to the host.
        presence: `full`, `delta` or `none`; how to be told who is here.
        queue_size: Messages that may wait to be sent, and messages that may wait to be taken.
        on_state: Called with the new state.
        on_frame: Called with every frame of the server.
        backoff: Growing waits; tests give their own.
    """

    def __init__(
        self,
        url: str,
        *,
        username: str = "",
        password: str = "",
        token: str = "",
        get_token: GetToken | None = None,
        app: str = "",
        presence: str = "",
        queue_size: int = 1000,
        on_state: Callable[[State], None] | None = None,
        on_frame: Callable[[Frame], None] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._credentials = {"username": username, "password": password} if username else None
        self._token = token
        self._get_token = get_token
        self._options = {name: value for name, value in (("app", app), ("presence", presence)) if value}
        self._on_state = on_state
        self._on_frame = on_frame
        self._backoff = backoff or Backoff()
        self._queue = SendQueue(queue_size)
        self._received: deque[Frame] = deque(maxlen=queue_size)
        self._changed = asyncio.Condition()
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._refreshing: asyncio.Task[None] | None = None
        # Whether the token was got anew and has not been accepted yet: the next refusal is the last.
        self._is_new_token = False
        self._ended: Ended | None = None
        self._online_id = ""  # of the connection that was online last
        self.state = State.NEW
        self.client_id = ""
        self.user: Frame = {}
        self.users: list[Frame] = []
        self.features: list[str] = []
        self.last_id = ""
        self.is_recovered: bool | None = None
        self.dropped = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # What a program calls

    async def start(self) -> None:
        """Connect, and return once online; tries until it is.

        Raises:
            Ended: It never will be.
        """
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="authws client")
        await self.until(State.ONLINE)

    async def until(self, state: State) -> None:
        """Return once the client is in a state.

        Raises:
            Ended: It has ended.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self.state in (state, State.ENDED))
        if self.state is not state and self._ended is not None:
            raise self._ended from self._ended.__cause__

    async def close(self) -> None:
        """Leave; may be called again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._end(Ended("The client was closed."))

    async def send(self, content: object) -> Sent:
        """Talk to everyone; waits while the client is not online.

        Args:
            content: Anything that JSON can hold.

        Raises:
            SendRefused: The server refused it.
            Unsure: The connection ended before the server's answer; it may have arrived.
            QueueFull, MessageTooBig, Ended: It was not sent.
        """
        return await self._ask({"type": "message", "content": content})

    async def direct(self, to: str, content: object) -> Sent:
        """Talk to one user or one connection; see `send`.

        Args:
            to: A client id, user id or username.
            content: Anything that JSON can hold.
        """
        return await self._ask({"type": "direct", "to": to, "content": content})

    async def frame(self, frame: Frame) -> None:
        """Send a frame as it is, without an answer; for what this class has no method for.

        Raises:
            Unsure: The client is not online.
        """
        if self._socket is None or self.state is not State.ONLINE:
            raise Unsure("The client is not online.")
        try:
            await self._socket.send(json.dumps(frame))
        except ConnectionClosed:
            raise Unsure("The connection has just ended.") from None

    async def __aiter__(self) -> AsyncIterator[Frame]:
        """Yield `message` and `direct` frames as they come; ends with the client."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._received or self.state is State.ENDED)
            while self._received:
                yield self._received.popleft()
            if self.state is State.ENDED:
                return

    async def _ask(self, frame: Frame) -> Sent:
        if self._ended is not None:
            raise self._ended
        waiting = self._queue.add(frame)
        await self._send_waiting()
        return await waiting.answer

    # The connection's life

    async def _run(self) -> None:
        while True:
            started_s = asyncio.get_running_loop().time()
            try:
                await self._enter(State.CONNECTING)
                await self._live()
            except Lost as lost:
                self._queue.lose(lost.error)
                following, sentence, code, wait_s = lost.following, str(lost), lost.code, None
            except HttpFailure as failure:
                following = Next.END if failure.is_final else Next.RETRY
                sentence, code, wait_s = str(failure), failure.code, failure.retry_after_s
            except Exception as error:  # noqa: BLE001 - a border: see below
                # A mistake in a callback or in `get_token`: nobody must wait for this client for ever.
                ended = Ended(f"{type(error).__name__}: {error}", "FAILED")
                ended.__cause__ = error
                await self._end(ended)
                return
            finally:
                await self._leave()
            if following is Next.LOGIN:
                if self._is_new_token or not self._can_log_in:
                    following = Next.END
                self._token, self._is_new_token = "", True
            if following is Next.END:
                await self._end(Ended(sentence, code))
                return
            if asyncio.get_running_loop().time() - started_s > STABLE_S:
                self._backoff.reset()
            await self._enter(State.WAITING)
            pause_s = self._backoff.next_s()
            # Not all who were sent away at the same moment may come back at one.
            await asyncio.sleep(pause_s + max(wait_s or 0, PAUSE_S if following is Next.PAUSE else 0))

    @property
    def _can_log_in(self) -> bool:
        return self._credentials is not None or self._get_token is not None

    async def _live(self) -> None:
        """Connect, log in and read until the connection ends.

        Raises:
            Lost: It has ended.
            HttpFailure: The login was refused.
        """
        try:
            if not self._token:
                self._token = await self._new_token()
            url = self._url.replace("http", "ws", 1) + "/ws"
            async with connect(
                url,
                proxy=None if is_here(url) else True,
                compression=None,
                max_size=None,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=2,
            ) as socket:
                self._socket = socket
                await self._authenticate()
                try:
                    async with asyncio.timeout(ANSWER_TIMEOUT_S) as limit:
                        async for text in socket:
                            await self._heard(text, limit)
                except ConnectionClosed:
                    pass  # its code is looked at below, as after a clean end
                raise self._lost(socket)
        except (ValueError, KeyError) as error:
            sentence = f"This is no server of this kind: {error}"
            raise Lost(Next.RETRY, sentence, "NOT_UNDERSTOOD", Unsure(sentence)) from None
        except (OSError, TimeoutError, InvalidHandshake) as error:
            sentence = str(error) or "The server does not answer."
            raise Lost(Next.RETRY, sentence, "UNREACHABLE", Unsure(sentence)) from None

    def _lost(self, socket: ClientConnection) -> Lost:
        code, reason = socket.close_code or 1006, socket.close_reason or ""
        sentence = reason or f"The connection ended with {code}."
        error: ClientError = Unsure(f"The connection ended before the answer ({code}): it may have arrived.")
        if code == TOO_BIG:
            error = MessageTooBig("The server takes no frame so large.")
        return Lost(after_close(code), sentence, str(code), error)

    async def _authenticate(self) -> None:
        # What is still on its way on the old connection must not count once this one tells what has arrived.
        since = {"since": self.last_id, "replaces": self._online_id} if self.last_id else {}
        await self.__send({"type": "authenticate", "token": self._token, **self._options, **since})

    async def __send(self, frame: Frame) -> None:
        if self._socket is not None:
            with suppress(ConnectionClosed):  # whoever reads learns of it, too
                await self._socket.send(json.dumps(frame))

    async def _heard(self, text: str | bytes, limit: asyncio.Timeout) -> None:
        frame = json.loads(text)
        kind = frame.get("type")
        if kind == "connection":
            self.client_id, self.features = frame["clientId"], frame.get("features", [])
        elif kind == "authentication":
            limit.reschedule(None)
            self._accepted(frame)
            await self._enter(State.ONLINE)
        elif kind == "user_list":
            self.users = frame["users"]
        elif kind == "error" and frame.get("code") == "AUTH_ERROR":
            sentence, reason = str(frame.get("message", "")), str(frame.get("reason", ""))
            # While its close frame is under way, 4003 tells the same once more.
            code = reason.upper() or "AUTH_ERROR"
            raise Lost(after_refusal(reason), sentence, code, Unsure(sentence))
        if kind in ("message", "direct"):
            await self._keep(frame)
        if self._on_frame is not None:
            self._on_frame(frame)
        self._queue.heard(frame, self.client_id, is_accepting="accepted" in self.features)
        await self._send_waiting()

    def _accepted(self, frame: Frame) -> None:
        self._is_new_token = False
        self.user, self._online_id = frame["user"], self.client_id
        self.is_recovered = frame.get("recovered")
        if self._refreshing is not None:
            self._refreshing.cancel()
        left_s = seconds_between(frame.get("timestamp"), frame.get("expiresAt"))
        if left_s is not None:
            life_s = life_of(self._token) or left_s
            delay_s = max(SHORTEST_REFRESH_S, left_s - (1 - REFRESH_AT) * life_s)
            self._refreshing = asyncio.get_running_loop().create_task(
                self._refresh(delay_s), name="authws token"
            )

    async def _keep(self, frame: Frame) -> None:
        self.last_id = str(frame.get("id", self.last_id))
        self.dropped += len(self._received) == self._received.maxlen
        self._received.append(frame)
        async with self._changed:
            self._changed.notify_all()

    async def _send_waiting(self) -> None:
        # No `await` between the choice and the write of a message but the library's own: order is kept by it.
        while self._socket is not None and self.state is State.ONLINE:
            waiting = self._queue.next_of()
            if waiting is None:
                return
            await self.__send(waiting.frame)

    # Tokens

    async def _new_token(self) -> str:
        if self._get_token is not None:
            return await self._get_token()
        if self._credentials is None:
            raise Lost(Next.END, "There is no token and no login.", "NO_TOKEN", Unsure("Not connected."))
        answer = await call("POST", f"{self._url}/auth/login", self._credentials)
        return str(answer["token"])

    async def _refresh(self, delay_s: float) -> None:
        """Renew the token on the open connection, in time; the server's answer plans the next time."""
        await asyncio.sleep(delay_s)
        while True:
            try:
                if self._get_token is not None:
                    token = await self._get_token()
                else:
                    token = str((await call("POST", f"{self._url}/auth/refresh", None, self._token))["token"])
            except HttpFailure as failure:
                if failure.is_final:
                    return  # the server ends the connection when the token does, and that is dealt with
            except OSError:
                pass  # the network is away: tried again below
            else:
                self._token = token
                await self._authenticate()
                return
            await asyncio.sleep(RETRY_REFRESH_S)

    # States

    async def _enter(self, state: State) -> None:
        if self.state is state:
            return
        self.state = state
        if self._on_state is not None:
            self._on_state(state)
        async with self._changed:
            self._changed.notify_all()

    async def _leave(self) -> None:
        self._socket = None
        refreshing, self._refreshing = self._refreshing, None
        if refreshing is not None:
            refreshing.cancel()
            with suppress(asyncio.CancelledError):
                await refreshing

    async def _end(self, ended: Ended) -> None:
        if self._ended is None:  # the first reason is the one that counts
            self._ended = ended
        self._queue.end(self._ended)
        await self._enter(State.ENDED)
