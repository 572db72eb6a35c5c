"""Secrets through every path in, and every way out searched for them."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import websockets
from PySide6.QtGui import QGuiApplication

from authws_desktop.logs import LogRing, RedactingFormatter
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.file_actions import ExportScope
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.verdicts import verdict
from authws_desktop.server.service import Service
from authws_desktop.traffic.rows import FileFormat, Job, export
from tests.own_clients import HttpClient, http_client, ws_client

PASSWORD = "Sesame-open-91"


@pytest.fixture
def page(running_page: LivePage) -> LivePage:
    """The page of a running server, shown."""
    return running_page


async def through_http(http: HttpClient) -> list[str]:
    """Use and abuse the auth API; return the tokens."""
    body = {"username": "ana", "password": PASSWORD}
    _, answer = await http.post("/auth/register", body)
    tokens = [str(answer["token"])]
    for path, wrong in (
        ("/auth/login", {**body, "password": PASSWORD + "x"}),
        ("/auth/login", {"username": tokens[0], "password": PASSWORD}),
        ("/auth/nothing", body),
        ("/auth/register", body),
    ):
        await http.post(path, wrong)
    _, answer = await http.post("/auth/login", body)
    tokens.append(str(answer["token"]))
    token = tokens[-1]
    await http.get("/auth/me", token)
    await http.get("/auth/me", token + "x")
    await http.get(f"/auth/me?token={token}&password={PASSWORD}")
    await http.get(f"/auth/{token}")
    await http.get("/auth/me", headers={"User-Agent": f"app {token}", "Origin": f"https://{token}.example"})
    await http.post("/auth/login", None, data=f'{{"username":"ana","password":"{PASSWORD}', headers=JSON)
    _, answer = await http.post("/auth/refresh", token=token)
    tokens.append(str(answer["token"]))
    return tokens


JSON = {"Content-Type": "application/json"}


async def through_websockets(service: Service, token: str) -> None:
    """Good, bad, broken and misplaced frames with secrets in them."""
    async with ws_client(service, f"/?token={token}", user_agent_header=f"app {token}") as client:
        for frame in (
            {"type": "message", "content": {"password": PASSWORD}},
            f'{{"type":"authenticate","token":"{token}x"}}',
            f'{{"type":"authenticate","token":"{token}',
            f"authenticate {token} password={PASSWORD}",
            f"{{type: 'authenticate', token: '{token}', password: '{PASSWORD}'}}".encode(),
            {"type": "authenticate", "token": token, "app": f"app {token}"},
        ):
            await client.send(frame)
        await client.expect("authentication")
        inner = json.dumps({"password": PASSWORD, "token": token})
        for message in (
            {"type": "message", "content": {"text": f"use {token}", "password": PASSWORD, "inner": inner}},
            {"type": "direct", "to": "ana", "content": {"newPassword": PASSWORD}, "messageId": token},
            {"type": "direct", "to": token, "content": 1},
            {"type": token, "content": {"secret": PASSWORD}},
        ):
            await client.send(message)
        await client.expect("error", lambda got: got["code"] == "INVALID_MESSAGE_TYPE")
        service.host_messages.in_the_name_of(client.client_id, json.dumps({"token": token}).encode())
        service.host_messages.to_everyone(json.dumps({"token": token, "password": PASSWORD}))
        service.host_messages.to_everyone(json.dumps({"type": "x", "secret": PASSWORD}), is_frame=True)
    for options in (
        {"origin": f"https://evil.example/?token={token}"},
        {"additional_headers": {"Authorization": f"Bearer {token}", "Host": token}, "path": f"/{token}"},
    ):
        await refused(service, **options)
    async with ws_client(service, f"/nothing/{token}", subprotocols=["access_token", token]):
        pass


async def refused(service: Service, **options: Any) -> None:
    """Try a handshake that is refused."""
    with pytest.raises(websockets.InvalidStatus):
        async with ws_client(service, **options):
            raise AssertionError("was let in")


def views(page: LivePage) -> str:
    """Return everything the page says, row by row and tab by tab."""
    page.refresh()
    model = page.traffic.model
    seen = []
    for row in range(model.rowCount()):
        seen += [str(model.index(row, column).data()) for column in TrafficColumn]
        record = model.record_at(row)
        assert record is not None
        page.detail.show_record(record)
        page.detail.raw.load(record.payload)
        page.detail.claims.load(record.claims)
        seen += [page.detail.raw.toPlainText(), verdict(record)]
        if record.http is not None:
            page.detail.request.show_message(record.http.request)
            page.detail.response.show_message(record.http.response)
        seen += [page.detail.request.toPlainText(), page.detail.response.toPlainText()]
        claims = page.detail.claims.model()
        seen += [
            str(claims.index(line, column).data())
            for line in range(claims.rowCount())
            for column in range(claims.columnCount())
        ]
    users = page.users.view.model()
    for row in range(users.rowCount()):
        seen += [str(users.index(row, column).data()) for column in range(users.columnCount())]
    page.traffic.view.selectAll()
    page.traffic.view.copy_rows()
    return "\n".join(seen) + QGuiApplication.clipboard().text()


def files(page: LivePage, service: Service, folder: Path) -> str:
    """Return everything that exports and the program's own files say, accounts and signing secret apart."""
    records = service.traffic.after(0)
    for file_format in FileFormat:
        export(folder / f"x.{file_format}", records, file_format, Job(len(records)))
    kept = (service.paths.database_file.name, service.paths.secret_file.name)
    found = [file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(kept)]
    assert len(found) >= 2
    return "".join(file.read_text("utf-8", "replace") for file in found)


async def test_nothing_leaks(
    service: Service, page: LivePage, tmp_path: Path, log_ring: LogRing, window_state: WindowState
) -> None:
    """Neither a password nor a usable part of a token is in any view, copy, export, file or log."""
    lines: list[str] = []
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(message)s"))
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    logging.getLogger("authws_desktop").addHandler(handler)
    try:
        async with http_client(service) as http:
            tokens = await through_http(http)
        await through_websockets(service, tokens[-1])
        try:
            raise RuntimeError(f"could not use {tokens[0]} with password={PASSWORD}")
        except RuntimeError:
            logging.getLogger("authws_desktop.test").exception("crashed")
    finally:
        logging.getLogger("authws_desktop").removeHandler(handler)
    page.traffic.tools.filter_box.set_filter_text("type:message")
    page.send.resend(service.traffic.after(0)[-1])
    page.traffic.tools.filter_box.set_filter_text("")
    await page.files.export_to(tmp_path / "all.jsonl", page.files.numbers_of(ExportScope.ALL))
    window_state.flush()
    log_lines = "\n".join(line.text for line in log_ring.after(0))
    assert "crashed" in log_lines
    everything = {
        "views": views(page),
        "files": files(page, service, tmp_path),
        "log": "\n".join(lines) + log_lines,
    }
    assert len(service.traffic) > 30
    for place, text in everything.items():
        assert "[redacted]" in text, place
        for secret in (
            PASSWORD,
            *(token.split(".")[1] for token in tokens),
            *(t.split(".")[2] for t in tokens),
        ):
            assert secret not in text, (place, text[max(0, text.find(secret) - 200) : text.find(secret) + 20])


async def test_aiohttp_itself_logs_no_request(
    service: Service, page: LivePage, caplog: pytest.LogCaptureFixture
) -> None:
    """A request line may carry a token."""
    with caplog.at_level(logging.DEBUG):
        async with aiohttp.ClientSession() as session:
            await session.get(f"http://127.0.0.1:{service.location.port}/?token={PASSWORD}")
    assert PASSWORD not in caplog.text
