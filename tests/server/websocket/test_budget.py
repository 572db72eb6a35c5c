"""The common limit on what connections hold: counted, kept, and those who hold most go first."""

from __future__ import annotations

from authws_desktop.server.websocket.budget import Budget


class Holding:
    """Holds so much, until it has to make room."""

    def __init__(self, budget: Budget, size_bytes: int) -> None:
        self._budget = budget
        self.size_bytes = size_bytes
        budget.hold(self, size_bytes)

    def make_room(self) -> None:
        self.size_bytes = 0
        self._budget.hold(self, 0)


def test_what_is_held_is_counted() -> None:
    """In place of what was noted before."""
    budget = Budget(100)
    one, other = Holding(budget, 10), Holding(budget, 20)
    budget.hold(one, 30)
    assert budget.total_bytes == 50
    budget.hold(one, 0)
    budget.hold(other, 0)
    assert (budget.total_bytes, budget._held) == (0, {})


def test_who_holds_most_makes_room() -> None:
    """As many as needed, and an eighth more, so that the next frame does not ask again."""
    budget = Budget(100)
    held = [Holding(budget, size) for size in (5, 40, 10, 30, 10, 6)]
    assert [each.size_bytes for each in held] == [5, 0, 10, 30, 10, 6]
    assert budget.total_bytes == 61


def test_a_holder_that_cannot_give_everything_up_is_asked_once() -> None:
    """What is left of it stays counted, and the others make room, too."""

    class Clinging(Holding):
        asked = 0

        def make_room(self) -> None:
            self.asked += 1
            self._budget.hold(self, 90)

    budget = Budget(100)
    clinging = Clinging(budget, 95)
    other = Holding(budget, 10)
    assert (clinging.asked, other.size_bytes, budget.total_bytes) == (1, 0, 90)
