"""Who is connected to the other nodes, as far as this one knows: all of it in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from authws_desktop.hub.relay import Elsewhere


class Directory:
    """The connections of all other nodes, found by client id, user id or username.

    Args:
        fold_username: The form in which usernames are compared.
    """

    def __init__(self, fold_username: Callable[[str], str]) -> None:
        self._fold = fold_username
        self._nodes: dict[str, dict[str, Elsewhere]] = {}
        self._node_of: dict[str, str] = {}
        self._by_user: dict[str, dict[str, None]] = {}
        self._user_by_name: dict[str, str] = {}
        self._people: tuple[Elsewhere, ...] | None = ()

    def people(self) -> tuple[Elsewhere, ...]:
        """Return everybody, oldest first; the same tuple until somebody comes or goes."""
        if self._people is None:
            everybody = (person for people in self._nodes.values() for person in people.values())
            # The same order at every node.
            self._people = tuple(sorted(everybody, key=lambda each: (each.since, each.client_id)))
        return self._people

    def nodes(self) -> list[str]:
        """Return the ids of the nodes whose people are known."""
        return list(self._nodes)

    def count_of(self, node: str) -> int:
        """Return how many are connected to a node."""
        return len(self._nodes.get(node, ()))

    def node_of(self, client_id: str) -> str:
        """Return the node of a connection; empty if it is none of another node's."""
        return self._node_of.get(client_id, "")

    def user_of(self, to: str) -> str:
        """Return the id of the user that a recipient means, as `find` does; empty if nobody is found."""
        if node := self._node_of.get(to):
            return self._nodes[node][to].user_id
        return to if to in self._by_user else self._user_by_name.get(self._fold(to), "")

    def find(self, to: str) -> dict[str, list[str]]:
        """Return the connections that a recipient means, by node.

        Args:
            to: A client id, a user id or a username, tried in this order.
        """
        if to in self._node_of:
            return {self._node_of[to]: [to]}
        user_id = self.user_of(to)
        found: dict[str, list[str]] = {}
        for client_id in self._by_user.get(user_id, ()):
            found.setdefault(self._node_of[client_id], []).append(client_id)
        return found

    def add(self, node: str, person: Elsewhere) -> None:
        """Take in one connection of a node, in place of what was known of it."""
        self.remove(person.client_id)
        self._nodes.setdefault(node, {})[person.client_id] = person
        self._node_of[person.client_id] = node
        self._by_user.setdefault(person.user_id, {})[person.client_id] = None
        self._user_by_name[self._fold(person.username)] = person.user_id
        self._people = None

    def remove(self, client_id: str) -> None:
        """Forget one connection; one that is not known does not matter."""
        node = self._node_of.pop(client_id, None)
        if node is None:
            return
        person = self._nodes[node].pop(client_id)
        own = self._by_user[person.user_id]
        del own[client_id]
        name = self._fold(person.username)
        if not own:
            del self._by_user[person.user_id]
            # A name can be given to another account meanwhile; then it is that one's.
            if self._user_by_name.get(name) == person.user_id:
                del self._user_by_name[name]
        self._people = None

    def replace(self, node: str, people: Iterable[Elsewhere]) -> bool:
        """Take over all connections of a node; return whether anything changed."""
        now = {person.client_id: person for person in people}
        before = dict(self._nodes.get(node, {}))
        for client_id in before.keys() - now.keys():
            self.remove(client_id)
        for client_id, person in now.items():
            if before.get(client_id) != person:
                self.add(node, person)
        # Also where nobody is connected to it: a node is known once it was read.
        self._nodes.setdefault(node, {})
        return now != before

    def forget(self, node: str) -> bool:
        """Forget a node; return whether anybody was connected to it."""
        is_changed = self.replace(node, ())
        del self._nodes[node]
        return is_changed
