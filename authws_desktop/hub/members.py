"""The connections that have authenticated: by id, by user, by name, and all of them."""

from __future__ import annotations

from collections.abc import Callable

from authws_desktop.hub.client import Client
from authws_desktop.traffic.record import Identity


class Members:
    """Who may be written to.

    Args:
        fold_username: The form in which usernames are compared.
    """

    def __init__(self, fold_username: Callable[[str], str]) -> None:
        self._fold = fold_username
        self._by_client: dict[str, Client] = {}
        self._by_user: dict[str, dict[str, Client]] = {}
        self._user_by_name: dict[str, str] = {}
        # Everyone as a tuple, made anew after a change only: a broadcast neither copies the members nor meets
        # a change of them in the middle, as a write may close a connection.
        self._everyone: tuple[Client, ...] | None = None
        self._identities: tuple[Identity, ...] = ()

    def __len__(self) -> int:
        return len(self._by_client)

    def __contains__(self, client: Client) -> bool:
        return client.client_id in self._by_client

    @property
    def user_count(self) -> int:
        """Users with at least one connection."""
        return len(self._by_user)

    def of_user(self, user_id: str) -> list[Client]:
        """Return a user's connections, oldest first."""
        return list(self._by_user.get(user_id, {}).values())

    def find(self, to: str) -> list[Client]:
        """Return the connections a recipient means.

        Args:
            to: A client id, a user id or a username, tried in this order.
        """
        # Ids first: nobody can take away another's messages by a name that looks like an id.
        if (client := self._by_client.get(to)) is not None:
            return [client]
        user_id = to if to in self._by_user else self._user_by_name.get(self._fold(to), "")
        return self.of_user(user_id)

    def everyone(self) -> tuple[Client, ...]:
        """Return all of them; the same tuple until somebody comes, goes or is renamed."""
        if self._everyone is None:
            self._everyone = tuple(self._by_client.values())
            self._identities = tuple([client.identity for client in self._everyone])
        return self._everyone

    def identities(self) -> tuple[Identity, ...]:
        """Return the identities of `everyone`, in its order."""
        self.everyone()
        return self._identities

    def add(self, client: Client) -> None:
        """Take a connection in, by the identity it has now."""
        identity = client.identity
        self._by_client[client.client_id] = client
        self._by_user.setdefault(identity.user_id, {})[client.client_id] = client
        self._user_by_name[self._fold(identity.username)] = identity.user_id
        self._everyone = None

    def remove(self, client: Client) -> bool:
        """Forget a connection, which still has the identity it came with; `False` if it is none of these."""
        if self._by_client.pop(client.client_id, None) is None:
            return False
        own = self._by_user[client.identity.user_id]
        del own[client.client_id]
        if not own:
            # The name is forgotten with the user's last connection, and only if it is still this user's: a
            # name can be given to another account meanwhile.
            del self._by_user[client.identity.user_id]
            self._forget_name(client.identity)
        self._everyone = None
        return True

    def identify(self, client: Client, identity: Identity) -> None:
        """Give a connection another identity of the same user."""
        if client in self:
            self._forget_name(client.identity)
            self._user_by_name[self._fold(identity.username)] = identity.user_id
        client.identity = identity
        self._everyone = None

    def _forget_name(self, identity: Identity) -> None:
        name = self._fold(identity.username)
        if self._user_by_name.get(name) == identity.user_id:
            del self._user_by_name[name]
