"""Kept messages in the database. Each function works inside the transaction of its caller."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, func, or_, select, text, update

from authws_desktop.accounts.store.database import Driver
from authws_desktop.accounts.store.tables import WAITS, Base
from authws_desktop.messages.kept import STORE_NAME_PREFIX, DeliveryState, Kept
from authws_desktop.messages.rows import insert_messages, kept_of, select_messages

_M = Base.metadata.tables["messages"].c
_MESSAGES = Base.metadata.tables["messages"]
_STORE = Base.metadata.tables["message_store"]
SLACK_PART = 50
"""One in so many may be kept beyond the limit, so that messages go in lots (see `add`)."""
SEARCHED_ROWS = 5000
"""Rows that are looked through at a time: a few milliseconds, then others have their turn."""
PAGE_ROWS = 100
PAGE_BYTES = 256 * 1024
"""Content in one page, but for a single message that is larger."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """Which numbers the store has given, and up to which messages may be gone.

    Attributes:
        name: Its name, the first part of ids on the wire.
        last: The newest number, also of a message that is gone.
        floor: The newest number up to which messages may be gone.
    """

    name: str
    last: int
    floor: int


@dataclass(frozen=True, slots=True)
class Sight:
    """Which messages a user may read: from when on, how many from before, and whether own directs.

    Attributes:
        user_id: Whose directs.
        since_s: Messages to everyone from then on, seconds since the epoch; `None` for none.
        before: And so many from before that time; -1 for all.
        has_echoes: Whether directs that the user sent are among it.
    """

    user_id: str
    since_s: float | None
    before: int = 0
    has_echoes: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages, in the order of their numbers.

    Attributes:
        messages: Oldest first.
        is_last: Whether there are no more in the direction that was read.
        seen: The newest number there was, where that was asked for.
    """

    messages: list[Kept]
    is_last: bool
    seen: int = 0


@dataclass(frozen=True, slots=True)
class ConversationSearch:
    """A search backwards for the directs of two users, which have no index; goes on call by call.

    Attributes:
        me, partner: Their ids.
        limit: At most so many.
        most_bytes: And no more content than this, but for a single message.
        before: How far it has come; `None` at the beginning.
        found: Newest first.
        is_over: Whether there is nothing more to look for.
        has_more: Then: whether there are more than were asked for.
    """

    me: str
    partner: str
    limit: int
    most_bytes: int
    before: int | None
    found: Sequence[Kept] = ()
    is_over: bool = False
    has_more: bool = False


def state(db: Connection) -> StoreState:
    """Return how far the store has come; makes one where there is none, if the transaction may write."""
    wanted = select(_STORE.c.name, _STORE.c.last_id, _STORE.c.floor_id)
    row = db.execute(wanted).one_or_none()
    if row is None:
        # Nodes of a cluster that start together find none, each: the first one's is everybody's.
        making = "INSERT INTO message_store VALUES (1, :name, 0, 0) ON CONFLICT DO NOTHING"
        db.execute(text(making), {"name": STORE_NAME_PREFIX + secrets.token_hex(4)})
        row = db.execute(wanted).one()
    return StoreState(*row)


def add(driver: Driver, messages: Sequence[Kept], most: int) -> int:
    """Store messages in their order, and forget the oldest beyond a limit.

    Args:
        driver: A transaction.
        messages: Get their numbers.
        most: How many are kept, and up to one in `SLACK_PART` more; those that wait do not count.

    Returns:
        The newest number.
    """
    # First: whoever writes queues for this row until the commit, so numbers grow in the order of commits, and
    # nobody who has seen one ever finds a smaller one later.
    driver.execute("UPDATE message_store SET last_id = last_id + ?", (len(messages),))
    last, floor = driver.execute("SELECT last_id, floor_id FROM message_store", ()).fetchone()
    for number, message in enumerate(messages, last - len(messages) + 1):
        message.number = number
    insert_messages(driver, messages)
    # Not one by one: what goes together costs fewer pages, and so does each commit.
    if (cut := last - most) > floor + most // SLACK_PART:
        goes = (floor, cut, int(DeliveryState.DONE))
        driver.execute("DELETE FROM messages WHERE id > ? AND id <= ? AND state = ?", goes)
        driver.execute("UPDATE message_store SET floor_id = ?", (cut,))
    return int(last)


def forget_before(db: Connection, time_s: float) -> int:
    """Forget what was said before a time; return how many messages that were."""
    newest = db.execute(select(func.max(_M.id)).where(_M.time < time_s, _goes())).scalar_one()
    floor = state(db).floor
    # Up to the floor only what waits was left: where it waits no more, it goes now.
    old = or_(_M.time < time_s, _M.id <= floor)
    count = db.execute(_MESSAGES.delete().where(old, _goes())).rowcount
    if newest is not None:
        _raise_floor(db, max(newest, floor))
    return count


def clear(db: Connection) -> int:
    """Forget everything, what waits included; return how many messages that were."""
    count = db.execute(_MESSAGES.delete()).rowcount
    # Whoever asks for what came after a message that is gone is told that something is missing.
    _raise_floor(db, state(db).last)
    return count


def forget_user(db: Connection, user_id: str) -> int:
    """Forget what a user wrote and was written to; return how many messages that were."""
    return db.execute(_MESSAGES.delete().where(_of_user(user_id))).rowcount


def count_of_users(db: Connection, user_ids: Sequence[str]) -> tuple[int, int]:
    """Return how many messages users wrote or were written to, and how many of them wait for one of them."""
    theirs = or_(_M.sender.in_(user_ids), _M.recipient.in_(user_ids))
    total = db.execute(select(func.count()).where(theirs)).scalar_one()
    waiting = select(func.count()).where(WAITS, _M.recipient.in_(user_ids))
    return total, db.execute(waiting).scalar_one()


def count(db: Connection) -> int:
    """Return how many messages are kept."""
    return db.execute(select(func.count()).select_from(_MESSAGES)).scalar_one()


def after(db: Connection, cursor: int, mark: int, last: int, sight: Sight) -> Page:
    """Return a page of what a user missed.

    Args:
        db: A transaction.
        cursor: Behind this number.
        mark: Up to this number only what still waits for the user, behind it all that it may see.
        last: Behind this number everything to everyone: the user has been here since.
        sight: What it may see.
    """
    query = select_messages().where(_M.id > cursor, _missed(db, mark, last, sight)).order_by(_M.id)
    page = _page(db, query, PAGE_ROWS, PAGE_BYTES)
    return Page(page.messages, page.is_last, state(db).last)


def count_after(db: Connection, mark: int, sight: Sight, most: int) -> int:
    """Return how many messages `after` finds from the beginning; counts no further than one beyond `most`."""
    found = select(_M.id).where(_missed(db, mark, state(db).last, sight)).limit(most + 1)
    return db.execute(select(func.count()).select_from(found.subquery())).scalar_one()


def before(db: Connection, number: int | None, limit: int, most_bytes: int, sight: Sight) -> Page:
    """Return the newest messages to everyone before one, oldest first.

    Args:
        db: A transaction.
        number: Older than this one; `None` for the newest.
        limit: At most so many.
        most_bytes: And no more content than this, but for a single message.
        sight: What the user may see.
    """
    query = select_messages().where(_public(db, sight)).order_by(_M.id.desc())
    if number is not None:
        query = query.where(_M.id < number)
    page = _page(db, query, limit, most_bytes)
    return Page(page.messages[::-1], page.is_last)


def between(db: Connection, search: ConversationSearch) -> ConversationSearch:
    """Look for the directs between two users a part of the way back; returns how far that is."""
    number = search.before if search.before is not None else state(db).last + 1
    oldest = db.execute(select(func.min(_M.id))).scalar_one() or number
    # A stretch a call: no index leads to these rows, and messages are stored between two calls.
    until = max(number - SEARCHED_ROWS, oldest)
    me, partner = search.me, search.partner
    theirs = or_(
        and_(_M.recipient == me, _M.sender == partner), and_(_M.recipient == partner, _M.sender == me)
    )
    query = select_messages().where(_M.id < number, _M.id >= until, theirs).order_by(_M.id.desc())
    page = _page(db, query, search.limit, search.most_bytes, search.found)
    is_over = not page.is_last or until <= oldest
    return replace(search, before=until, found=page.messages, is_over=is_over, has_more=not page.is_last)


def everything(db: Connection, cursor: int) -> Page:
    """Return a page of all messages, for the host."""
    return _page(db, select_messages().where(_M.id > cursor).order_by(_M.id), PAGE_ROWS, PAGE_BYTES)


def waiting_counts(db: Connection) -> dict[str, int]:
    """Return how many messages wait for each user."""
    query = select(_M.recipient, func.count()).where(WAITS).group_by(_M.recipient)
    return {row[0]: row[1] for row in db.execute(query)}


def note_state(db: Connection, numbers: Sequence[int], new: DeliveryState) -> int:
    """Note how far messages have come; return for how many that is new."""
    # Only for those it is new: the inbox is lowered by this count, and must not be twice.
    where = and_(_M.id.in_(numbers), _M.state != new)
    return db.execute(update(_MESSAGES).where(where).values(state=int(new))).rowcount


def acknowledge(db: Connection, user_id: str, number: int) -> list[Kept]:
    """Take all of a user's directs up to a number for received; return those that were not before."""
    where = and_(_waits_for(user_id), _M.id <= number)
    # Locked: another node may do the same now, and each is told of once.
    found = [
        kept_of(row) for row in db.execute(select_messages().where(where).order_by(_M.id).with_for_update())
    ]
    db.execute(update(_MESSAGES).where(where).values(state=int(DeliveryState.DONE)))
    return found


def expire(db: Connection, now_s: float) -> list[Kept]:
    """Let what has waited too long wait no more; return it."""
    where = and_(WAITS, _M.expires_at <= now_s)
    # Put in order here: asked for it, SQLite reads the whole table in its order instead of the few that wait.
    found = sorted(
        map(kept_of, db.execute(select_messages().where(where).with_for_update())), key=attrgetter("number")
    )
    if found:
        db.execute(update(_MESSAGES).where(where).values(state=int(DeliveryState.DONE)))
    return found


# What goes, and what is seen


def _goes() -> ColumnElement[bool]:
    return _M.state == DeliveryState.DONE


def _raise_floor(db: Connection, floor: int) -> None:
    db.execute(update(_STORE).values(floor_id=floor))


def _waits_for(user_id: str) -> ColumnElement[bool]:
    return and_(WAITS, _M.recipient == user_id)


def _of_user(user_id: str) -> ColumnElement[bool]:
    return or_(_M.sender == user_id, _M.recipient == user_id)


def _public(db: Connection, sight: Sight) -> ColumnElement[bool]:
    """Return the condition for messages to everyone that a user may see."""
    to_everyone = _M.recipient == ""
    if sight.before < 0:
        return to_everyone
    if sight.since_s is None:
        return false()
    seen: ColumnElement[bool] = _M.time >= sight.since_s
    if sight.before:
        older = select(_M.id).where(to_everyone, _M.time < sight.since_s).order_by(_M.id.desc())
        if numbers := db.execute(older.limit(sight.before)).scalars().all():
            seen = or_(seen, _M.id >= numbers[-1])
    return and_(to_everyone, seen)


def _missed(db: Connection, mark: int, last: int, sight: Sight) -> ColumnElement[bool]:
    me = sight.user_id
    mine = [_public(db, sight), and_(_M.recipient == "", _M.id > last), _M.recipient == me]
    if sight.has_echoes:
        mine.append(and_(_M.sender == me, _M.recipient != ""))
    return or_(and_(_M.id > mark, or_(*mine)), and_(_M.id <= mark, _waits_for(me)))


# Pages


def _page(
    db: Connection, query: Select[Any], limit: int, most_bytes: int, so_far: Sequence[Kept] = ()
) -> Page:
    # One more than asked for tells whether there are more.
    rows: Iterator[Row[Any]] = iter(db.execute(query.limit(limit + 1 - len(so_far))))
    found = list(so_far)
    size = sum(len(each.content) for each in found)
    for row in rows:
        message = kept_of(row)
        size += len(message.content)
        if len(found) == limit or (found and size > most_bytes):
            return Page(found, False)
        found.append(message)
    return Page(found, True)
