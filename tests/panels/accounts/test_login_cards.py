"""Login cards: how many fit, what is on them, the PDF, and the dialog that previews and saves them."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.panels.accounts.accounts_csv import credentials_csv
from authws_desktop.panels.accounts.accounts_page import AccountsPage
from authws_desktop.panels.accounts.bulk_reset_dialog import BulkResetDialog
from authws_desktop.panels.accounts.cards_dialog import CardsDialog
from authws_desktop.panels.accounts.hand_over import HandOverCard
from authws_desktop.panels.accounts.login_cards import PAPERS, PER_SHEET, CardSheets, LoginCard
from authws_desktop.panels.kit.qr import PAPER, QrShape, QrView
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.server.service import Service
from tests.panels.accounts.support import create, select
from tests.panels.pictures import OUT
from tests.panels.support import closed, dialog_of, nameless

ADDRESS = "http://192.168.1.20:4000"
DOTS_PER_MM = 6


def cards(count: int) -> list[LoginCard]:
    """Return cards with names and passwords of their own."""
    return [LoginCard(f"pupil-{number}", f"k7mq-x2pd-9rtc-{number:04}") for number in range(1, count + 1)]


def sheets(count: int, theme: Theme, paper: str = "A4", made: list[LoginCard] | None = None) -> CardSheets:
    """Return sheets in the fonts of the program."""
    return CardSheets(made or cards(count), ADDRESS, paper, QApplication.font(), theme.fixed_font())


def painted(made: CardSheets, sheet: int) -> QImage:
    """Return a sheet as a picture; the same painting as on paper."""
    size = made.size_mm
    image = QImage(
        round(size.width() * DOTS_PER_MM), round(size.height() * DOTS_PER_MM), QImage.Format.Format_RGB32
    )
    image.fill(QColor("white"))
    painter = QPainter(image)
    made.paint(painter, sheet, DOTS_PER_MM)
    painter.end()
    return image


def ink(image: QImage, made: CardSheets, number: int) -> int:
    """Return how many dark pixels a card has inside its lines."""
    place = made.place_of(number)
    left, top = round(place.left() * DOTS_PER_MM) + 4, round(place.top() * DOTS_PER_MM) + 4
    right, bottom = round(place.right() * DOTS_PER_MM) - 4, round(place.bottom() * DOTS_PER_MM) - 4
    return sum(
        image.pixelColor(x, y).lightness() < 100 for x in range(left, right, 2) for y in range(top, bottom, 2)
    )


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (10, 1), (11, 2), (30, 3), (31, 4)])
async def test_ten_cards_a_sheet(theme: Theme, count: int, expected: int) -> None:
    """The PDF has as many pages as needed, of the right size, and every card is on one of them."""
    for paper, box in (("A4", (595, 842)), ("Letter", (612, 792))):
        made = sheets(count, theme, paper)
        assert made.sheet_count == expected
        assert sum(len(made.cards_on(sheet)) for sheet in range(made.sheet_count)) == count
        done: list[int] = []
        pdf = await made.to_pdf(done.append)
        assert done == list(range(1, expected + 1))
        assert pdf.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == expected
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
        assert {(round(float(width)), round(float(height))) for width, height in boxes} == {box}


@pytest.mark.parametrize("paper", list(PAPERS))
async def test_each_card_is_painted(theme: Theme, paper: str) -> None:
    """Full cards are inked, empty places of the last sheet are not; the pictures are kept to be looked at."""
    made = sheets(13, theme, paper)
    OUT.mkdir(parents=True, exist_ok=True)
    for sheet, filled in ((0, 10), (1, 3)):
        image = painted(made, sheet)
        assert image.save(str(OUT / f"accounts-cards-{paper}-{sheet + 1}.png"))
        inked = [ink(image, made, number) > 500 for number in range(PER_SHEET)]
        assert inked == [number < filled for number in range(PER_SHEET)]


async def test_each_card_has_its_own_words(theme: Theme) -> None:
    """Another name or another password is another card; the same is the same to the pixel."""
    same = painted(sheets(0, theme, made=[LoginCard("ana", "secret-one")]), 0)
    assert painted(sheets(0, theme, made=[LoginCard("ana", "secret-one")]), 0) == same
    assert painted(sheets(0, theme, made=[LoginCard("ana", "secret-two")]), 0) != same
    assert painted(sheets(0, theme, made=[LoginCard("eve", "secret-one")]), 0) != same


async def test_long_names_and_passwords_stay_on_their_card(theme: Theme) -> None:
    """The longest of both are shrunk, not cut, and do not reach the next card."""
    made = sheets(0, theme, made=[LoginCard("W" * 32, "x" * 1024), LoginCard("ana", "short")])
    alone = painted(sheets(0, theme, made=[LoginCard("ben", "other"), LoginCard("ana", "short")]), 0)
    image = painted(made, 0)
    place = made.place_of(1)
    corner = QPoint(round(place.left() * DOTS_PER_MM) + 6, round(place.top() * DOTS_PER_MM) + 6)
    area = QRect(
        corner, QSize(round(place.width() * DOTS_PER_MM) - 12, round(place.height() * DOTS_PER_MM) - 12)
    )
    assert image.copy(area) == alone.copy(area)
    assert "short" not in repr(made.cards)


async def test_the_code_says_the_address(theme: Theme) -> None:
    """Module by module the painted code is segno's own of the address."""
    import segno

    wanted = [list(row) for row in segno.make(ADDRESS, error="m", micro=False).matrix_iter(border=4)]
    shape = QrShape(ADDRESS)
    label = QrView(theme, holder := QWidget(), side_px=shape.side * 3)
    label.show_code(ADDRESS)
    image = label.grab().toImage()
    ratio = image.width() // shape.side
    seen = [
        [image.pixelColor(x * ratio + 1, y * ratio + 1) != QColor(PAPER) for x in range(shape.side)]
        for y in range(shape.side)
    ]
    assert seen == [[bool(each) for each in row] for row in wanted]
    holder.deleteLater()


async def open_cards(page: AccountsPage, service: Service, count: int) -> tuple[HandOverCard, CardsDialog]:
    """Reset the passwords of several accounts and press Login cards."""
    names = [f"pupil-{number:02}" for number in range(count)]
    await create(service, *names)
    select(page, *names)
    page.commands.reset_password.trigger()
    reset = await dialog_of(BulkResetDialog)
    reset.ok_button.click()
    await closed()
    (card,) = page.hand_over.cards
    card.print_button.click()
    return card, await dialog_of(CardsDialog)


async def test_cards_after_resetting_passwords(page: AccountsPage, service: Service, tmp_path: Path) -> None:
    """Preview, turn the sheets, choose paper and address, save: the file is this user's only."""
    await service.start()
    card, dialog = await open_cards(page, service, 12)
    assert dialog.windowTitle() == "Login cards for 12 accounts"
    assert dialog.address_choice.currentText() == service.location.http_url
    assert "this computer only" in dialog.local_label.text()
    assert (dialog.sheet, dialog.back_button.isEnabled()) == (0, False)
    dialog.next_button.click()
    assert dialog.sheet_label.text() == "Sheet 2 of 2"
    assert not dialog.next_button.isEnabled()
    dialog.paper_choice.setCurrentText("Letter")
    await dialog.save_to(tmp_path / "cards.pdf")
    assert "delete it once" in dialog.notice.text
    content = (tmp_path / "cards.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert stat.S_IMODE((tmp_path / "cards.pdf").stat().st_mode) == 0o600
    assert nameless(dialog) == []
    (tmp_path / "file").write_text("")
    await dialog.save_to(tmp_path / "file" / "cards.pdf")
    assert dialog.notice.text.startswith("cards.pdf cannot be written")
    dialog.close_button.click()
    await closed(CardsDialog)
    await service.accounts.logins.login(card.cards[7].name, card.cards[7].password)


async def test_the_list_is_saved_exactly(page: AccountsPage, service: Service, tmp_path: Path) -> None:
    """The CSV holds the passwords letter by letter, for this user's eyes only; a failure says why."""
    card, dialog = await open_cards(page, service, 2)
    dialog.close_button.click()
    await closed(CardsDialog)
    await card.save_to(tmp_path / "new.csv")
    assert "delete it once" in page.notice.text
    lines = (tmp_path / "new.csv").read_text("utf-8-sig").splitlines()
    assert lines[1:] == [f"{each.name},{each.password}" for each in card.cards]
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o600
    await card.save_to(tmp_path / "new.csv" / "x.csv")
    assert page.notice.text.startswith("x.csv cannot be written")
    assert b'"=1+""1"' in credentials_csv([LoginCard("ana", '=1+"1')])
