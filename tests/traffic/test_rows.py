"""Exported files: nothing lost, nothing leaked, no formulas, no half files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import msgspec
import pytest

from authws_desktop.traffic.record import (
    Delivery,
    Direction,
    Fate,
    HeldFrame,
    HttpExchange,
    Identity,
    Kind,
    Record,
)
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing
from authws_desktop.traffic.rows import ExportError, FileFormat, Job, export, json_line, open_file

ANA = Identity(3, "c3", "10.0.0.3", "id-ana", "ana", "t3", "phone")


def ring_of(*payloads: bytes, **more: object) -> TrafficRing:
    """Return a ring with these frames."""
    ring = TrafficRing()
    recorder = Recorder(ring, lambda: 1_790_000_000.125)
    for payload in payloads:
        recorder.add(Direction.IN, Kind.MESSAGE, ANA, payload, **more)  # type: ignore[arg-type]
    return ring


def save(tmp_path: Path, ring: TrafficRing, file_format: FileFormat) -> Path:
    """Export everything."""
    file = tmp_path / f"traffic.{file_format}"
    records = ring.after(0)
    job = Job(len(records))
    export(file, records, file_format, job)
    assert job.done == len(records)
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
    return file


def test_json_lines_lose_nothing(tmp_path: Path) -> None:
    """What is opened again equals what was exported, odd bytes and deliveries included."""
    ring = ring_of(
        b'{"type":"message","content":"h\xc3\xa9"}', b"", b"\xff\x00bin", b'"\\u202e\xe2\x80\xae"', b"a\nb\r\n",
        to="all", recipients=2, outcome="X", detail="why\nnot", is_binary=True, is_from_host=True,
        delivery=Delivery((ANA, ANA), (HeldFrame(ANA, 5.0, Fate.SENT, 0.5),), 0.25), claims=b"\xfe",
    )  # fmt: skip
    opened = open_file(save(tmp_path, ring, FileFormat.JSON_LINES), Job())
    assert opened.after(0) == ring.after(0)


def test_each_line_is_one_json_object(tmp_path: Path) -> None:
    """Any tool can read it."""
    file = save(tmp_path, ring_of(b'{"a":\n1}', b"2"), FileFormat.JSON_LINES)
    lines = [json.loads(line) for line in file.read_text("utf-8").split("\n")[:-1]]
    assert lines[0] == {"format": "authws-traffic", "version": 1}
    assert [line["payload"] for line in lines[1:]] == ['{"a":\n1}', "2"]


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")', "+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1",
        "\0=1",
    ],
)  # fmt: skip
def test_csv_runs_no_formula(tmp_path: Path, text: str) -> None:
    """Whatever a user's text begins with, its cell begins with an apostrophe."""
    who = Identity(1, "c", "10.0.0.1", "id", text, "t", text)
    ring = TrafficRing()
    Recorder(ring).add(Direction.IN, Kind.MESSAGE, who, text.encode(), to=text, detail=text)
    file = save(tmp_path, ring, FileFormat.CSV)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    for name in ("user", "app", "to", "detail", "payload"):
        assert row[name].startswith("'"), name


def test_csv_has_a_column_of_each_path(tmp_path: Path) -> None:
    """What stands there, and nothing where nothing does; a formula within is none."""
    ring = ring_of(b'{"content":{"n":1.5}}', b'{"content":{"n":"=1+1"}}', b"[]")
    export(tmp_path / "x.csv", ring.after(0), FileFormat.CSV, Job(), ["content.n"])
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["content.n"] for row in csv.DictReader(stream)] == ["1.5", "'=1+1", ""]


def test_csv_keeps_lines_quotes_and_odd_bytes_in_their_cell(tmp_path: Path) -> None:
    """One record is one row."""
    file = save(tmp_path, ring_of(b'a"b\n,c', b"\xff\x00x"), FileFormat.CSV)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["payload"] for row in rows] == ['a"b\n,c', "\\xffx"]
    assert {row["time"] for row in rows} == {"2026-09-21T14:13:20.125Z"}


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_no_secret_is_in_a_file(tmp_path: Path, file_format: FileFormat) -> None:
    """Nor in one that was edited and opened again."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    ring = ring_of(
        b'{"token":"%s","password":"hunter22"}' % token.encode(), detail=f"GET /?t={token}", to=token
    )
    content = save(tmp_path, ring, file_format).read_text("utf-8")
    assert "c2lnbmF0dXJl" not in content
    assert "hunter22" not in content


def test_an_edited_file_is_redacted_again(tmp_path: Path) -> None:
    """A view never shows what a record would not."""
    file = save(tmp_path, ring_of(b"SECRET"), FileFormat.JSON_LINES)
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    file.write_text(file.read_text().replace("SECRET", token))
    assert open_file(file, Job()).after(0)[0].payload == b"[redacted]"


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_cancelled_exports_leave_what_was_there(tmp_path: Path, file_format: FileFormat) -> None:
    """Neither a half file nor the remains of one."""
    file = tmp_path / "old"
    file.write_text("before")
    job = Job(5000)

    def records() -> list[Record]:
        return ring_of(*[b"1"] * 5000).after(0)

    class Cancelling(list[Record]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            for number, record in enumerate(list.__iter__(self)):
                if number == 1200:
                    job.cancel()
                yield record

    export(file, Cancelling(records()), file_format, job)
    assert 0 < job.done < 5000
    assert 0 < job.percent < 100
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the file's name; nothing is left over."""
    with pytest.raises(ExportError, match="cannot be written to"):
        export(tmp_path / "none" / "x.csv", [], FileFormat.CSV, Job())
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError):
        export(tmp_path / "folder", [], FileFormat.CSV, Job())
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no traffic"),
        (b"\xff\xfe", "is no traffic"),
        (b'{"number":1}\n', "is no traffic"),
        (b'{"format":"notes","version":1}\n', "is no traffic"),
        (b'{"format":"authws-traffic","version":2}\n', "newer version"),
        (b'{"format":"authws-traffic","version":1}\n{"number":1}\n', "damaged at line 2"),
        (b'{"format":"authws-traffic","version":1}\n\n\xff\n', "damaged at line 3"),
        (b'{"format":"authws-traffic","version":1}\n' + b"[" * 100_000, "damaged at line 2"),
    ],
)
def test_what_is_no_export_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    """With the line."""
    file = tmp_path / "x.jsonl"
    file.write_bytes(content)
    with pytest.raises(ExportError, match=words):
        open_file(file, Job())


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """As a sentence."""
    with pytest.raises(ExportError, match="cannot be read"):
        open_file(tmp_path / "none.jsonl", Job())


def test_identities_survive(tmp_path: Path) -> None:
    """Every field of them."""
    opened = open_file(save(tmp_path, ring_of(b"1"), FileFormat.JSON_LINES), Job())
    found = opened.get(1)
    assert found is not None
    assert msgspec.structs.astuple(found.identity) == msgspec.structs.astuple(ANA)


@pytest.mark.parametrize("lines_kept", [2, 1])
def test_a_byte_order_mark_does_not_make_it_another_kind_of_file(tmp_path: Path, lines_kept: int) -> None:
    """With the head of an export, and without, as when rows were pasted into an editor of Windows."""
    ring = ring_of(b'{"a":1}')
    file = save(tmp_path, ring, FileFormat.JSON_LINES)
    lines = file.read_bytes().splitlines(keepends=True)[-lines_kept:]
    file.write_bytes(b"\xef\xbb\xbf" + b"".join(lines))
    assert open_file(file, Job()).after(0) == ring.after(0)


def test_a_copied_row_can_be_opened(tmp_path: Path) -> None:
    """What Copy as JSON gives, pasted into a file, is what the table showed."""
    ring = ring_of(b'{"a":1}', b"\xff", recipients=2, to="all")
    file = tmp_path / "pasted.jsonl"
    file.write_text("\n".join(map(json_line, ring.after(0))), "utf-8")
    assert open_file(file, Job()).after(0) == ring.after(0)


@pytest.mark.parametrize(
    "line", [b'{"payload":5}', b'{"time_s":1,"direction":"up"}', b"[]", b'"x"', b"\xff", b"{"]
)
def test_a_row_that_is_none_is_refused(tmp_path: Path, line: bytes) -> None:
    """With the number of its line, wherever it stands."""
    file = save(tmp_path, ring_of(b"1"), FileFormat.JSON_LINES)
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(ExportError, match="damaged at line 3"):
        open_file(file, Job())


def test_reading_can_be_called_off(tmp_path: Path) -> None:
    """What was read so far is shown."""
    file = save(tmp_path, ring_of(b"1", b"2"), FileFormat.JSON_LINES)
    job = Job()
    job.cancel()
    assert len(open_file(file, job)) == 0


def test_an_archive_has_an_entry_a_connection_and_a_request(tmp_path: Path) -> None:
    """With the frames as browsers keep them; what is neither is left out."""
    ring = ring_of(b'{"type":"message"}')
    recorder = Recorder(ring, lambda: 1_790_000_000.125)
    recorder.add(Direction.OUT, Kind.ERROR, ANA, b'{"type":"error"}')
    recorder.add(Direction.IN, Kind.MESSAGE, ANA, b"\xff", is_binary=True)
    recorder.add(Direction.EVENT, Kind.DISCONNECT, ANA, outcome="1000")
    recorder.add(
        Direction.IN,
        Kind.HTTP,
        Identity(address="10.0.0.3"),
        detail="POST /auth/login 200 in 12 ms",
        http=HttpExchange(
            'POST /auth/login HTTP/1.1\nContent-Type: application/json\n\n{"username":"ana"}',
            "HTTP/1.1 200 OK\n",
        ),
    )
    recorder.add(Direction.EVENT, Kind.REFUSED, ANA, detail="WebSocket /: too many")
    log = json.loads(save(tmp_path, ring, FileFormat.HAR).read_text())["log"]
    connection, request = log["entries"]
    assert [(each["type"], each["opcode"], each["data"]) for each in connection["_webSocketMessages"]] == [
        ("send", 1, '{"type":"message"}'),
        ("receive", 1, '{"type":"error"}'),
        ("send", 2, "/w=="),
    ]
    assert (request["request"]["method"], request["response"]["status"], request["time"]) == ("POST", 200, 12)
    assert request["startedDateTime"] == "2026-09-21T14:13:20.113Z"
    assert request["request"]["headers"] == [{"name": "Content-Type", "value": "application/json"}]
    assert request["request"]["postData"] == {"mimeType": "application/json", "text": '{"username":"ana"}'}
    assert request["response"]["headers"] == []


def test_requests_are_read_again_without_secrets(tmp_path: Path) -> None:
    """Head and body of both sides are in the file; what somebody wrote into it is redacted like the rest."""
    ring = ring_of()
    http = HttpExchange("GET /auth/me HTTP/1.1\nHost: here\n\n", 'HTTP/1.1 200 OK\n\n{"status":"success"}')
    recorder = Recorder(ring, lambda: 1_790_000_000.125)
    recorder.add(Direction.IN, Kind.HTTP, ANA, outcome="200", http=http)
    file = save(tmp_path, ring, FileFormat.JSON_LINES)
    assert open_file(file, Job()).after(0) == ring.after(0)
    file.write_text(file.read_text().replace("Host: here", "Cookie: s=sesame"))
    (opened,) = open_file(file, Job()).after(0)
    assert opened.http is not None
    assert opened.http.request == "GET /auth/me HTTP/1.1\nCookie: [redacted]\n\n"
