"""What clients are told of who is here: the whole list, or only what has changed, as each of them asked.

Whole lists grow with the number of clients and end small client libraries at some hundreds; a client may ask
for the changes instead, or for nothing.

1. Who asked for changes first gets one whole list, then what changed since the round before, without a gap.
2. Who asked for anything gets each user's role, too; who asked for nothing gets what it always got.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from authws_desktop.hub.client import Client
from authws_desktop.hub.relay import Elsewhere
from authws_desktop.protocol.framing import text_frame
from authws_desktop.protocol.server_messages import Presence, UserList, WirePresence, encode
from authws_desktop.protocol.wire_types import PresenceWish
from authws_desktop.traffic.record import Kind

Row = tuple[Kind, bytes, int]
"""Kind and payload of what is sent, and to how many, for the record."""


class Roster:
    """Encodes what each client is sent in a round of presence.

    Args:
        format_time: Writes seconds since the epoch as the contract does.
        role_of: Tells a user's role by id.
    """

    def __init__(self, format_time: Callable[[float], str], role_of: Callable[[str], str]) -> None:
        self._format_time = format_time
        self._role_of = role_of
        self._number = 0
        self._told: dict[str, tuple[str, str]] = {}
        self._elsewhere: Sequence[Elsewhere] = ()

    def next_round(
        self, members: Sequence[Client], timestamp: str, elsewhere: Sequence[Elsewhere] = ()
    ) -> tuple[list[bytes | None], list[Row]]:
        """Return what each member is sent in this round, and the rows for the record.

        Args:
            members: Everyone who is authenticated.
            timestamp: Now.
            elsewhere: Who is connected to other nodes.
        """
        self._number += 1
        self._elsewhere = elsewhere
        if {client.presence for client in members} <= {None}:  # nearly always, and it may be ten thousand
            self._told.clear()
            payload = self._whole_list(members, timestamp, with_roles=False)
            return [text_frame(payload)] * len(members), [(Kind.USER_LIST, payload, len(members))]
        return self._next_mixed_round(members, timestamp)

    def _next_mixed_round(
        self, members: Sequence[Client], timestamp: str
    ) -> tuple[list[bytes | None], list[Row]]:
        # The key of what a member is sent: a whole list with roles or without, changes, or nothing.
        keys = [self._key_of(client) for client in members]
        payloads: dict[str, tuple[Kind, bytes]] = {}
        for key, with_roles in (("list", False), ("list with roles", True)):
            if key in keys:
                payload = self._whole_list(members, timestamp, with_roles=with_roles)
                payloads[key] = Kind.USER_LIST, payload
        if "changes" in keys and (changes := self._changes(members)):
            payloads["changes"] = Kind.PRESENCE, changes
        self._remember(members)
        frames = {key: text_frame(payload) for key, (_, payload) in payloads.items()}
        rows = [(kind, payload, keys.count(key)) for key, (kind, payload) in payloads.items()]
        return [frames.get(key) for key in keys], rows

    def _key_of(self, client: Client) -> str:
        if client.presence is PresenceWish.NONE:
            return "nothing"
        # Without a gap (rule 1): who missed a round, for having joined or asked anew since, gets a whole
        # list.
        is_informed = client.told_round == self._number - 1 > 0
        client.told_round = self._number
        if client.presence is PresenceWish.DELTA and is_informed:
            return "changes"
        return "list" if client.presence is None else "list with roles"

    def _whole_list(self, members: Sequence[Client], timestamp: str, *, with_roles: bool) -> bytes:
        entries = self._entries(members, self._elsewhere, with_roles=with_roles)
        return encode(UserList(entries, timestamp))

    def _entries(
        self, clients: Sequence[Client], elsewhere: Sequence[Elsewhere], *, with_roles: bool
    ) -> list[WirePresence]:
        format_time, entries = self._format_time, []
        for client in clients:
            identity = client.identity
            entries.append(
                WirePresence(
                    client.client_id, identity.username, format_time(client.last_active_at), identity.user_id
                )
            )
        # Their activity is known to their own node only.
        entries += [
            WirePresence(each.client_id, each.username, format_time(each.since), each.user_id)
            for each in elsewhere
        ]
        if with_roles:
            for entry in entries:
                entry.role = self._role_of(entry.user_id)
        return entries

    def _changes(self, members: Sequence[Client]) -> bytes:
        """Return the changes since the round before; empty if there are none."""
        here = [each for each in members if self._told.get(each.client_id) != _name_of(each)]
        there = [each for each in self._elsewhere if self._told.get(each.client_id) != _name_of(each)]
        left = list(self._told.keys() - {each.client_id for each in self._people(members)})
        if not here and not there and not left:
            return b""
        joined = self._entries(here, there, with_roles=True)
        return encode(Presence(joined, left, len(members) + len(self._elsewhere)))

    def _remember(self, members: Sequence[Client]) -> None:
        # Kept only while somebody asks for changes: it names everybody who is here.
        is_asked = any(client.presence is PresenceWish.DELTA for client in members)
        people = self._people(members) if is_asked else []
        self._told = {each.client_id: _name_of(each) for each in people}

    def _people(self, members: Sequence[Client]) -> list[Client | Elsewhere]:
        return [*members, *self._elsewhere]


def _name_of(person: Client | Elsewhere) -> tuple[str, str]:
    identity = person.identity if isinstance(person, Client) else person
    return identity.username, identity.user_id
