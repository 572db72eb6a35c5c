"""What the host sends: messages, whole frames, and frames in a client's name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple, NoReturn

import msgspec

from authws_desktop.errors import ServiceError
from authws_desktop.hub.client import Client
from authws_desktop.hub.talk import EVERYONE
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.websocket.frames import inject_frame
from authws_desktop.traffic.record import Delivery


class SendError(ServiceError):
    """Nothing was sent; says why."""


class JsonProblem(NamedTuple):
    """What is wrong with a text as JSON.

    Attributes:
        position: Index of the character where.
        sentence: The mistake and its place, in words.
    """

    position: int
    sentence: str


class SendResult(NamedTuple):
    """To how many connections a message of the host was written, and for how many it waits.

    Attributes:
        recipients: Connections it was for.
        held: Those among them for which it waits, as they read slowly.
    """

    recipients: int
    held: int


def json_problem(text: str) -> JsonProblem | None:
    """Return what keeps a text from being sent as JSON; `None` if nothing does."""
    if not text.strip():
        return JsonProblem(0, 'Write a JSON value, such as {"text": "hello"}.')
    try:
        # Python's parser and not msgspec: it tells line and column, which a person in front of a text field
        # needs.
        json.loads(text, parse_constant=_refuse_constant)
        # Python keeps half a surrogate pair as a character, which has no UTF-8.
        text.encode()
    except json.JSONDecodeError as error:
        where = f"Line {error.lineno}, column {error.colno}"
        return JsonProblem(error.pos, f"{where}: {error.msg[:1].lower()}{error.msg[1:]}.")
    except UnicodeEncodeError as error:
        return JsonProblem(error.start, "This character cannot be sent as UTF-8.")
    except RecursionError:
        return JsonProblem(0, "This is nested too deeply to be sent.")
    except ValueError as error:
        name = str(error)
        position = max(0, text.find(name))
        return JsonProblem(position, f"JSON has no {name}. Write a number or null.")
    return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


class HostMessages:
    """Sends on the host's behalf; every such record is marked.

    Args:
        endpoint: Holds the clients.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._hub = endpoint.hub

    def to_everyone(self, text: str, *, is_frame: bool = False) -> SendResult:
        """Send to every authenticated connection.

        Args:
            text: JSON: the content of a message from user `server`, or a whole frame.
            is_frame: Whether `text` is a whole frame.

        Raises:
            SendError: It is no JSON, or nobody is there.
        """
        payload = _checked(text)
        everyone = [client for client in self._hub.everywhere().values() if client.is_authenticated]
        if not everyone:
            raise SendError("Nobody is logged in, so nothing was sent.")
        if is_frame:
            return _sum([self._hub.talk.frame_from_host(everyone, EVERYONE, payload)])
        sent = _sum([self._hub.talk.broadcast_from_host(msgspec.Raw(payload))])
        # In a cluster the hub tells only whom it reached here.
        return SendResult(len(everyone), sent.held)

    def to_users(self, user_ids: Iterable[str], text: str, *, is_frame: bool = False) -> SendResult:
        """Send to all connections of some users; see `to_everyone`."""
        payload = _checked(text)
        wanted: dict[str, list[Client]] = {each: [] for each in user_ids}
        for client in self._hub.everywhere().values():
            if client.identity.user_id in wanted:
                wanted[client.identity.user_id].append(client)
        found = [clients for clients in wanted.values() if clients]
        if not found:
            raise SendError("None of the chosen users is connected any more, so nothing was sent.")
        return _sum([self._send(clients, clients[0].username, payload, is_frame) for clients in found])

    def to_connection(self, client_id: str, text: str, *, is_frame: bool = False) -> SendResult:
        """Send to one authenticated connection; see `to_everyone`."""
        payload = _checked(text)
        client = self._hub.everywhere().get(client_id)
        if client is None or not client.is_authenticated:
            raise SendError("This connection is gone or not logged in, so nothing was sent.")
        return _sum([self._send([client], client_id, payload, is_frame)])

    def in_the_name_of(self, client_id: str, payload: bytes, *, is_binary: bool = False) -> None:
        """Do what would follow if a client sent this frame; it gets the answers.

        Args:
            client_id: The client.
            payload: Any bytes: a developer wants to see how bad ones are refused.
            is_binary: Whether as a binary frame.

        Raises:
            SendError: The connection is gone.
        """
        client = self._hub.clients.get(client_id)
        if client is None:
            raise SendError("This connection is gone, so nothing was sent in its name.")
        inject_frame(self._endpoint, client, payload, is_binary=is_binary)

    def _send(self, clients: list[Client], to: str, payload: bytes, is_frame: bool) -> Delivery:
        if is_frame:
            return self._hub.talk.frame_from_host(clients, to, payload)
        return self._hub.talk.direct_from_host(clients, to, msgspec.Raw(payload))


def _checked(text: str) -> bytes:
    if (problem := json_problem(text)) is not None:
        raise SendError(problem.sentence)
    return text.strip().encode()


def _sum(deliveries: list[Delivery]) -> SendResult:
    return SendResult(
        sum(len(delivery.recipients) for delivery in deliveries),
        sum(len(delivery.held) for delivery in deliveries),
    )
