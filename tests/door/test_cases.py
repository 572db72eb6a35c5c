"""The door answers every case as it should; where a Node.js server differs, the documentation says so and why."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from authws_desktop.server.service import Service
from tests.door.asking import answer_to, register
from tests.door.cases import CASES

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "protocol.md"
SECTION = "## Differences from the Node.js server"


@pytest.fixture(scope="module")
def reference() -> Iterator[int]:
    """Run express, cors, ws and jsonwebtoken; return the port."""
    process = subprocess.Popen(
        ["node", str(HERE / "reference.cjs")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NODE_ENV": "test"},  # Express writes each error to its log otherwise.
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    yield int(line)
    process.kill()
    process.communicate()


def documented() -> dict[str, tuple[str, str, str]]:
    """Return the table of differences: by case the answers of both servers and the reason."""
    section = DOCUMENT.read_text(encoding="utf-8").partition(SECTION)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| `(.+?)` \| `(.+?)` \| (.+?) \|$", section, re.MULTILINE)
    return {case: (theirs, ours, reason) for case, theirs, ours, reason in rows}


def test_each_case_has_a_name_of_its_own() -> None:
    """The table of the documentation goes by them."""
    assert len({case.name for case in CASES}) == len(CASES)


async def test_every_case_is_answered_as_it_should_be(service: Service) -> None:
    """Status, headers and frames of all cases."""
    token = await register(service.location.port)
    wrong = []
    for case in CASES:
        answer = await answer_to(service.location.port, token, case)
        if answer != case.expected:
            wrong.append(f"{case.name}: {answer!r}, not {case.expected!r}")
    assert not wrong, "\n".join(wrong)


async def test_every_difference_is_documented(reference: int) -> None:
    """Each case that the Node.js server answers otherwise is in the table with both answers; and no other."""
    token = await register(reference)
    major = subprocess.run(["node", "-p", "parseInt(process.versions.node)"], capture_output=True, check=True)
    # The table is of Node.js 20, which is the first to ask for a host; Ubuntu 24.04 has 18.
    passed_over = "" if int(major.stdout) >= 20 else "no host, over HTTP"
    answers = {case: await answer_to(reference, token, case) for case in CASES if case.name != passed_over}
    found = {
        case.name: (theirs, case.expected) for case, theirs in answers.items() if theirs != case.expected
    }
    assert found == {case: (theirs, ours) for case, (theirs, ours, _) in documented().items()}


def test_every_difference_has_its_reason() -> None:
    """A sentence, not a word."""
    rows = documented()
    assert rows
    assert [case for case, (_, _, reason) in rows.items() if len(reason.split()) < 4] == []
