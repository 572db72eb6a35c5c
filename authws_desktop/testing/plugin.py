"""The pytest plugin: the fixture `authws`, a server that each test has to itself as far as it can tell."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress

import pytest

from ..client import HttpFailure  # noqa: TID252 - published with the client beside it
from .program import Program
from .rows import describe
from .server import Server

SHOWN_ROWS = 20


@pytest.fixture(scope="session")
def authws_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Run the program for the whole session: starting it takes longer than most tests."""
    with Program(tmp_path_factory.mktemp("authws")) as program:
        yield program


@pytest.fixture
def authws(authws_program: Program) -> Iterator[Server]:
    """Return the server; rows of before do not count, and faults end with the test."""
    server = authws_program.server
    server.after = server.last_number()
    yield server
    server.mend()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the last rows to the report of a test that failed."""
    report = yield
    server = getattr(item, "funcargs", {}).get("authws")
    if report.when == "call" and report.failed and isinstance(server, Server):
        with suppress(HttpFailure, OSError):  # the program may be what failed
            rows = server.rows()[-SHOWN_ROWS:]
            text = "\n".join(describe(row) for row in rows) or "no rows since the test began"
            report.sections.append((f"the last {SHOWN_ROWS} rows of the traffic", text))
    return report
