"""Secrets in every dress they come in."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from authws_desktop.traffic.redaction import redact, redact_http, redact_text

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_x"


@pytest.mark.parametrize(
    "payload",
    [
        '{"password":"hunter22"}',
        '{"password" : "hunter22", "x": 1}',
        '{"password":"hunter22',
        '{"Password":"hunter22"}',
        '{"newPassword":"hunter22","currentPassword":"hunter22"}',
        '{"access_token":"hunter22"}',
        '{"client_secret":"a\\"hunter22"}',
        '{"token":"hunter22',
        "{password: 'hunter22'}",
        "{'password': 'hunter22'}",
        "{password: hunter22}",
        "username=ana&password=hunter22&x=1",
        "GET /ws?token=hunter22 HTTP/1.1",
        "PASSWORD=hunter22",
        json.dumps({"content": json.dumps({"password": "hunter22"})}),
        json.dumps({"content": json.dumps({"content": json.dumps({"token": "hunter22"})})}),
        '{"pass\\u0077ord":"hunter22"}',
        '{"password":"\\u0068unter22"}',
        f'{{"token":"{JWT}"}}',
        f"my token is {JWT}, really",
        f"?t={JWT[:60]}",
        f"Authorization: Bearer {JWT}",
        f'"\\u0065{JWT[1:]}"',
    ],
)
def test_no_dress_helps(payload: str) -> None:
    """Neither the value nor a token's signature is left."""
    for hidden in (redact(payload.encode()).decode(), redact_text(payload)):
        assert "unter22" not in hidden
        assert "c2lnbmF0dXJl" not in hidden
        assert "eyJzdWIiOiIxIn0" not in hidden
        assert "[redacted]" in hidden


@pytest.mark.parametrize(
    "payload",
    [
        '{"type":"message","content":{"text":"hello","tokenId":"t1"}}',
        '{"text":"the token has expired"}',
        '{"text":"caf\\u00e9 \\u0041"}',
        "plain",
        "",
    ],
)
def test_the_rest_stays_byte_for_byte(payload: str) -> None:
    """What is no secret is shown as it was sent."""
    assert redact(payload.encode()) == payload.encode()


@pytest.mark.parametrize(
    "payload",
    ['{"password":"a","x":[1]}', '{"content":"{\\"token\\":\\"a\\",\\"b\\":1}"}', '{"token":5}'],
)
def test_good_json_stays_good(payload: str) -> None:
    """So that it can be shown as a tree."""
    assert "[redacted]" in json.dumps(json.loads(redact(payload.encode())))


HOSTILE = (
    b"token",
    b"token ",
    b'"token":',
    b'token:"',
    b"\\",
    b"eyJ",
    b"eyJa.",
    b"token:\\",
    b"\\u0074oken:'",
)


def test_hostile_payloads_take_no_time() -> None:
    """Megabytes made to be slow pass in an instant; in a process that can be ended, for backtracking takes days."""
    code = f"""
from authws_desktop.traffic.redaction import redact
for unit in {HOSTILE!r}:
    redact(unit * (2**22 // len(unit)))
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=200)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Authorization: Bearer hunter22", "Authorization: Bearer [redacted]"),
        ("authorization: hunter22", "authorization: [redacted]"),
        ("Proxy-Authorization: Basic hunter22", "Proxy-Authorization: Basic [redacted]"),
        ("Cookie: session=hunter22; theme=dark", "Cookie: [redacted]"),
        ("Set-Cookie: id=hunter22", "Set-Cookie: [redacted]"),
        ('{"inviteCode":"hunter22","username":"ana"}', '{"inviteCode":"[redacted]","username":"ana"}'),
        ('{"password":"hunter22"}', '{"password":"[redacted]"}'),
        ("Accept: */*", "Accept: */*"),
    ],
)
def test_http_messages_tell_no_secret(line: str, expected: str) -> None:
    """Headers that carry a secret of any form are hidden by their name, bodies as frames are."""
    assert (
        redact_http(f"POST / HTTP/1.1\n{line}\nHost: here\n") == f"POST / HTTP/1.1\n{expected}\nHost: here\n"
    )
