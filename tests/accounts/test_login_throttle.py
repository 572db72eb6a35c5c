"""The numbered rules of the login throttle."""

from __future__ import annotations

import pytest

from authws_desktop.accounts.errors import Throttled
from authws_desktop.accounts.growing_waits import Lockout, LockoutKind
from authws_desktop.accounts.login_throttle import NAMES_PER_FAILURE, Attempt, LoginThrottle

from .conftest import Clock

LIMIT = 10
HOME, SCHOOL, FAR = "192.0.2.1", "198.51.100.1", "203.0.113.1"


@pytest.fixture
def throttle(clock: Clock) -> LoginThrottle:
    """A throttle on the test's clock."""
    return LoginThrottle(clock)


def attempt(
    throttle: LoginThrottle, address: str = FAR, account: str = "ana", known: tuple[str, ...] = ()
) -> Attempt:
    """Return a login."""
    return throttle.login(address, account, known, LIMIT)


def judge(each: Attempt, is_right: bool) -> None:
    """Let an attempt go its way."""
    assert each.begin()
    each.end(is_right)


def fail(
    throttle: LoginThrottle,
    count: int,
    address: str = FAR,
    account: str = "ana",
    known: tuple[str, ...] = (),
) -> None:
    """Fail some logins."""
    for _ in range(count):
        judge(attempt(throttle, address, account, known), False)


def wait_of(each: Attempt) -> int:
    """Return how long an attempt is told to wait, whether it is asked at first or before the hash."""
    waits = []
    for ask in (each.check, each.begin):
        try:
            ask()
            waits.append(0)
        except Throttled as refused:
            waits.append(refused.retry_after_s)
    each.end(None)
    assert waits[0] == waits[1]
    return waits[0]


def test_rule_1_those_being_judged_count(throttle: LoginThrottle) -> None:
    """While ten are hashed the eleventh waits for them; it goes on when one was right, and not when all fail."""
    ten = [attempt(throttle) for _ in range(10)]
    assert all(each.begin() for each in ten)
    eleventh = attempt(throttle)
    assert not eleventh.begin()
    ten[0].end(True)
    assert eleventh.begin()
    eleventh.end(None)
    for each in ten[1:]:
        each.end(False)
    assert eleventh.begin()
    eleventh.end(False)
    assert wait_of(attempt(throttle)) == 60


def test_rule_1_after_a_wait_one_guess_at_a_time(throttle: LoginThrottle, clock: Clock) -> None:
    """Guesses sent together after a wait are not more guesses."""
    fail(throttle, 10)
    clock.advance(60)
    first, second = attempt(throttle), attempt(throttle)
    assert first.begin()
    assert not second.begin()
    first.end(False)
    assert wait_of(second) == 120


def test_rule_2_strangers_share_one_count(throttle: LoginThrottle) -> None:
    """Failures from many addresses make every other stranger wait, for that account only."""
    for number in range(10):
        fail(throttle, 1, f"203.0.113.{number}")
    assert wait_of(attempt(throttle, "203.0.113.99")) == 60
    assert wait_of(attempt(throttle, "203.0.113.99", "bob")) == 0


def test_rule_3_strangers_do_not_lock_the_owner_out(throttle: LoginThrottle, clock: Clock) -> None:
    """Ten wrong passwords from anywhere, then one an hour, for a day: at home the account opens."""
    fail(throttle, 10)
    for _ in range(24):
        assert wait_of(attempt(throttle, HOME, known=(HOME,))) == 0
        judge(attempt(throttle, HOME, known=(HOME,)), True)
        assert wait_of(attempt(throttle)) > 0
        clock.advance(3600)
        fail(throttle, 1)


def test_rule_3_the_own_count_is_a_limit_too(throttle: LoginThrottle, clock: Clock) -> None:
    """Guessing from where the owner was before ends as well, and that keeps nobody out elsewhere."""
    known = (HOME, SCHOOL)
    fail(throttle, 10, HOME, known=known)
    assert wait_of(attempt(throttle, HOME, known=known)) == 60
    assert wait_of(attempt(throttle, SCHOOL, known=known)) == 0
    assert wait_of(attempt(throttle)) == 0
    clock.advance(60)
    judge(attempt(throttle, HOME, known=known), True)
    fail(throttle, 9, HOME, known=known)
    assert wait_of(attempt(throttle, HOME, known=known)) == 0


def test_rule_4_changing_the_password_is_counted_apart(throttle: LoginThrottle) -> None:
    """Neither failed logins nor a thief of the token elsewhere keep the owner from it; guesses here end."""
    fail(throttle, 10)
    fail(throttle, 10, HOME, known=(HOME,))
    for _ in range(10):
        judge(throttle.password_change(FAR, "ana", LIMIT), False)
    assert wait_of(throttle.password_change(FAR, "ana", LIMIT)) == 60
    for _ in range(10):
        assert wait_of(throttle.password_change(HOME, "ana", LIMIT)) == 0
        judge(throttle.password_change(HOME, "ana", LIMIT), False)
    assert wait_of(throttle.password_change(HOME, "ana", LIMIT)) == 60
    assert wait_of(attempt(throttle, SCHOOL, known=(SCHOOL,))) == 0


def test_rule_5_the_eleventh_of_a_class_gets_in(throttle: LoginThrottle) -> None:
    """Ten who forgot their passwords wait; who sits beside them, for the first time or again, does not."""
    for number in range(10):
        fail(throttle, 10, SCHOOL, f"pupil{number}")
        assert wait_of(attempt(throttle, SCHOOL, f"pupil{number}")) == 60
    assert wait_of(attempt(throttle, SCHOOL, "eleventh")) == 0
    assert wait_of(attempt(throttle, SCHOOL, "twelfth", (SCHOOL,))) == 0


def test_rule_5_one_password_for_many_names_ends(throttle: LoginThrottle) -> None:
    """Known or not, names count alike; whoever logged in from there before still gets in."""
    names = LIMIT * NAMES_PER_FAILURE
    for number in range(names):
        fail(throttle, 1, SCHOOL, f"nobody{number}")
    assert wait_of(attempt(throttle, SCHOOL, "another")) == 60
    assert wait_of(attempt(throttle, SCHOOL, "nobody0")) == 60
    assert wait_of(attempt(throttle, SCHOOL, "twelfth", (SCHOOL,))) == 0
    assert wait_of(attempt(throttle, HOME, "another")) == 0
    with pytest.raises(Throttled):
        throttle.check_address(SCHOOL, LIMIT)


def test_rule_5_an_account_counts_once_however_it_is_tried(throttle: LoginThrottle) -> None:
    """Failures one after the other and at the same time are one account."""
    together = [attempt(throttle, SCHOOL) for _ in range(3)]
    assert all(each.begin() for each in together)
    for each in together:
        each.end(False)
    fail(throttle, 2, SCHOOL)
    fail(throttle, 1, SCHOOL, "bob")
    for number in range(LIMIT * NAMES_PER_FAILURE - 3):
        fail(throttle, 1, SCHOOL, f"nobody{number}")
    assert wait_of(attempt(throttle, SCHOOL, "carl")) == 0
    fail(throttle, 1, SCHOOL, "carl")
    assert wait_of(attempt(throttle, SCHOOL, "dora")) == 60


def test_rule_5_wrong_invitations_count_once_each(throttle: LoginThrottle) -> None:
    """The same slip again is no guess; fifty different codes are."""
    for _ in range(100):
        throttle.record_wrong_code(SCHOOL, "slip", LIMIT)
    throttle.check_address(SCHOOL, LIMIT)
    for number in range(LIMIT * NAMES_PER_FAILURE - 1):
        throttle.check_address(SCHOOL, LIMIT)
        throttle.record_wrong_code(SCHOOL, f"code{number}", LIMIT)
    with pytest.raises(Throttled):
        throttle.check_address(SCHOOL, LIMIT)
    throttle.check_address("", LIMIT)


def test_rule_6_a_right_password_does_not_clear_the_address(throttle: LoginThrottle) -> None:
    """An account of one's own does not help to guess others'; its own count ends."""
    for number in range(LIMIT * NAMES_PER_FAILURE - 1):
        fail(throttle, 1, SCHOOL, f"nobody{number}")
    fail(throttle, 9, FAR, "mine")
    judge(attempt(throttle, SCHOOL, "mine"), True)
    fail(throttle, 9, FAR, "mine")
    assert wait_of(attempt(throttle, FAR, "mine")) == 0
    fail(throttle, 1, SCHOOL, "the last")
    assert wait_of(attempt(throttle, SCHOOL, "another")) == 60


def test_a_login_that_was_not_judged_is_not_counted(throttle: LoginThrottle) -> None:
    """When the queue gives up on it, nothing of it stays."""
    for _ in range(100):
        each = attempt(throttle)
        assert each.begin()
        each.end(None)
    fail(throttle, 9)
    assert wait_of(attempt(throttle)) == 0


def test_knocking_while_waiting_does_not_lengthen_the_wait(throttle: LoginThrottle, clock: Clock) -> None:
    """Whoever keeps knocking waits no longer for it."""
    fail(throttle, 10)
    for _ in range(100):
        assert wait_of(attempt(throttle)) == 60
    clock.advance(60)
    assert wait_of(attempt(throttle)) == 0


def test_a_reset_of_the_password_ends_the_waits_of_the_account(throttle: LoginThrottle) -> None:
    """Of strangers, and where the account was before; those of others stay."""
    fail(throttle, 10)
    fail(throttle, 10, HOME, known=(HOME,))
    fail(throttle, 10, account="bob")
    throttle.forget("ana", (HOME,))
    assert [each.key for each in throttle.lockouts()] == ["bob"]


def test_waits_are_announced_listed_and_lifted(throttle: LoginThrottle, clock: Clock) -> None:
    """Each wait is told once when it begins; the host sees it until it ends or lifts it."""
    told: list[Lockout] = []
    throttle.observe(told.append)
    fail(throttle, 9)
    fail(throttle, 9, HOME, known=(HOME,))
    assert told == throttle.lockouts() == []
    fail(throttle, 1)
    fail(throttle, 1, HOME, known=(HOME,))
    now = clock.now
    account = Lockout(LockoutKind.ACCOUNT, "ana", 10, now, now + 60)
    pair = Lockout(LockoutKind.PAIR, f"ana from {HOME}", 10, now, now + 60)
    assert told == throttle.lockouts() == [account, pair]
    assert throttle.lift(account)
    assert not throttle.lift(account)
    assert throttle.lockouts() == [pair]
    assert wait_of(attempt(throttle)) == 0
    assert wait_of(attempt(throttle, HOME, known=(HOME,))) == 60
    clock.advance(60)
    assert throttle.lockouts() == []
    assert not throttle.lift(pair)


def test_a_long_name_does_not_hide_the_address(throttle: LoginThrottle) -> None:
    """Two addresses stay two, however long the name is."""
    name = "x" * 10_000
    fail(throttle, 10, HOME, name, (HOME, SCHOOL))
    assert wait_of(attempt(throttle, HOME, name, (HOME, SCHOOL))) == 60
    assert wait_of(attempt(throttle, SCHOOL, name, (HOME, SCHOOL))) == 0
