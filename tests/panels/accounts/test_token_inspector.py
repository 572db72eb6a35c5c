"""The token inspector: what it says of good and bad tokens, and that it keeps nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.accounts.models import Account
from authws_desktop.logs import LogRing
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.token_inspector import VERDICT, TokenInspector
from authws_desktop.panels.accounts.token_words import TokenRow
from authws_desktop.panels.kit.chips import CHIP_ROLE
from authws_desktop.panels.kit.refresh import open_dialogs
from authws_desktop.panels.kit.table_filter import TableFilter
from authws_desktop.panels.kit.table_model import Column, TableModel
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.server.service import Service
from tests.own_clients import WAIT_S
from tests.panels.support import closed, dialog_of, nameless


async def open_inspector(page: AccountsPage) -> TokenInspector:
    """Open it from the page."""
    page.tools.inspect_token.trigger()
    return await dialog_of(TokenInspector)


async def leave(page: AccountsPage) -> None:
    """Close it."""
    (await dialog_of(TokenInspector)).close_button.click()
    await closed()


def row(dialog: TokenInspector, part: str, place: str = "claims") -> TokenRow:
    """Return one part as shown."""
    return next(each for each in dialog.table.source.rows() if (each.place, each.part) == (place, part))


def signed(service: Service, **claims: Any) -> str:
    """Return a token signed with the server's own secret."""
    key = service.keys.active
    return jwt.encode(claims, key.secret, "HS256", {"kid": key.id})


async def test_a_good_token_is_explained(page: AccountsPage, service: Service, ana: Account) -> None:
    """Header, claims, times in words, and a good verdict on each part that is judged."""
    issued = await service.accounts.sessions.issue(ana.id, 7230)
    dialog = await open_inspector(page)
    dialog.input.setPlainText(f'  "Bearer {issued.token}"\n')
    assert dialog.notice.text.startswith("This server accepts it; it expires in 2 h")
    assert dialog.notice.property("tone") == "good"
    assert not dialog.notice.is_passing
    assert row(dialog, "alg", "header").value == "HS256"
    assert row(dialog, "username").value == "ana"
    assert row(dialog, "exp").words.startswith("Expires in 2 h")
    assert re.match(r"Issued (just now|\d+ s ago)", row(dialog, "iat").words)
    assert row(dialog, "sub").words == "The account 'ana'."
    assert {each.part for each in dialog.table.source.rows() if each.is_good} == {
        "signature", "alg", "exp", "iat", "iss", "sub", "jti",
    }  # fmt: skip
    assert nameless(dialog) == []
    await leave(page)


async def test_each_fault_is_named(page: AccountsPage, service: Service, ana: Account) -> None:
    """Expired by how much, issuer, signature, unknown, disabled, revoked: claim by claim."""
    now = int(time.time())
    dialog = await open_inspector(page)

    def look(token: str) -> str:
        dialog.input.setPlainText(token)
        return dialog.notice.text

    words = look(signed(service, sub=ana.id, iss="other", exp=now - 185, iat=now + 600))
    assert "(expired)" in words
    assert "Expired 3 min ago" in words
    assert words.endswith("3 more faults below.")
    assert "Not issued by" in row(dialog, "iss").words
    assert row(dialog, "iat").words.startswith("Issued in the future, in ")
    assert row(dialog, "exp").is_good is False
    bad = dialog.table.model().index(0, VERDICT).data(CHIP_ROLE)
    assert bad.text in ("good", "refused")
    assert "(bad_signature)" in look(jwt.encode({"sub": ana.id, "exp": now + 60}, "x" * 40, "HS256"))
    assert row(dialog, "signature", "verdict").is_good is False
    ours = {"sub": ana.id, "iss": "authws-desktop", "exp": now + 60}
    assert "(unknown_token)" in look(signed(service, **ours))
    assert "(not_yet_valid)" in look(signed(service, **ours, nbf=now + 600))
    assert "Counts in 10 min" in dialog.notice.text
    assert "(wrong_audience)" in look(signed(service, **ours, aud="another"))
    assert "Meant for another service." in dialog.notice.text
    assert "(malformed)" in look("not a token")
    assert "(malformed)" in look("\U0001f600" * 9000)
    issued = await service.accounts.sessions.issue(ana.id, 60)
    await service.accounts.sessions.revoke(issued.jti)
    assert "(revoked)" in look(issued.token)
    await service.accounts.administration.set_disabled(ana.id, True)
    assert "(disabled)" in look(issued.token)
    await leave(page)


async def test_it_follows_time_and_reality(page: AccountsPage, service: Service, ana: Account) -> None:
    """A token that is revoked while it is looked at turns red; looking is no use of it."""
    issued = await service.accounts.sessions.issue(ana.id, 3600)
    now = [time.time()]
    dialog = TokenInspector(service.accounts, page.theme, page, now=lambda: now[0])
    dialog.input.setPlainText(issued.token)
    await service.accounts.sessions.revoke(issued.jti)
    dialog.refresh()
    assert "accepts" in dialog.notice.text
    now[0] += 2
    dialog.refresh()
    assert "(revoked)" in dialog.notice.text
    again = await service.accounts.sessions.issue(ana.id, 3600)
    dialog.input.setPlainText(again.token)
    assert service.accounts.sessions.of(ana.id)[0].last_used_at is None
    dialog.done(0)
    dialog.deleteLater()


async def test_nothing_of_it_is_kept_or_logged(
    page: AccountsPage, service: Service, ana: Account, log_ring: LogRing, window_state: WindowState
) -> None:
    """Neither log, traffic, remembered state nor the closed dialog holds any part of what was pasted."""
    issued = await service.accounts.sessions.issue(ana.id, 3600)
    dialog = await open_inspector(page)
    dialog.input.setPlainText(issued.token)
    dialog.input.setPlainText(f"{issued.token[:-4]}AAAA")
    dialog.input.setPlainText(issued.token)
    dialog.close_button.click()
    assert dialog.input.toPlainText() == ""
    assert not dialog.input.document().isUndoAvailable()
    assert dialog.table.source.rows() == []
    await closed()
    page.hide()
    window_state.flush()
    secret_part = issued.token.split(".")[2][:16]
    kept = "\n".join(line.text for line in log_ring.after(0))
    kept += "\n".join(map(repr, service.traffic.after(0)))
    for file in service.paths.window_file.parent.rglob("*.ini"):
        kept += file.read_text()
    assert secret_part not in kept
    assert issued.token.split(".")[1] not in kept


async def test_hostile_claims_are_harmless(page: AccountsPage, service: Service) -> None:
    """Escapes, HTML, overlong values and impossible times are shown as text, and nothing breaks."""
    dialog = await open_inspector(page)
    dialog.input.setPlainText(
        signed(
            service, sub="<b>x</b>\x1b[31m\u202e", exp=10**300, nbf=1e18, iat="soon", big="y" * 4000, deep=[1]
        )
    )
    assert row(dialog, "sub").value == "<b>x</b>\\e[31m\\u202e"
    assert row(dialog, "nbf").words == "Beyond every calendar."
    assert len(row(dialog, "big").value) == 2001
    assert row(dialog, "deep").value == "[1]"
    place = [each.part for each in dialog.table.source.rows()].index("sub")
    assert "&lt;b&gt;" in dialog.table.source.index(place, 2).data(3)
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    dialog.input.setPlainText(f"{head}.e30.")
    assert "(bad_signature)" in dialog.notice.text
    await leave(page)


async def test_paste_takes_the_clipboard(
    page: AccountsPage, service: Service, ana: Account, clipboard: Callable[[], str], qapp: QApplication
) -> None:
    """One button pastes, another clears."""
    issued = await service.accounts.sessions.issue(ana.id, 60)
    qapp.clipboard().setText(issued.token)
    dialog = await open_inspector(page)
    assert not dialog.clear_button.isEnabled()
    dialog.paste_button.click()
    assert dialog.token() == issued.token
    dialog.clear_button.click()
    assert dialog.notice.text.startswith("Paste a token")
    await leave(page)


@pytest.mark.usefixtures("theme")
def test_the_table_keeps_qts_rules(qtmodeltester: Any) -> None:
    """Rows come, change and go under the tester's eyes, through the search too."""
    columns: list[Column[str]] = [
        Column("Word", str, tip=str),
        Column("Length", lambda w: str(len(w)), len, is_number=True),
    ]
    model = TableModel[str](columns, lambda word: word)
    shown = TableFilter(model)
    for checked in (model, shown):
        qtmodeltester.check(checked)
    model.set_rows(["one", "three", "five"])
    shown.search("E 3")
    assert [shown.index(row, 0).data() for row in range(shown.rowCount())] == ["one"]
    model.set_rows(["five", "nine"])
    shown.search("")
    assert shown.rowCount() == 2


async def test_it_is_opened_once_and_beside_the_page(page: AccountsPage) -> None:
    """Asked for again, the one that is there comes to the front, with what was pasted; the page can be used."""
    dialog = await open_inspector(page)
    dialog.input.setPlainText("a.b.c")
    assert not dialog.isModal()
    async with asyncio.timeout(WAIT_S):
        await page.tools._on_inspect_token()  # is done at once: there is nothing to wait for
    assert [each for each in open_dialogs() if isinstance(each, TokenInspector)] == [dialog]
    assert dialog.input.toPlainText() == "a.b.c"
    await leave(page)
