"""Whether there is a newer version of the program: asked of its own page, when somebody wants to know.

The page is the `Homepage` of the package's metadata. While the project has none, nobody can be asked, and
nothing of this is offered. A request is all that is sent: no version, no name, nothing of the person.
"""

from __future__ import annotations

import importlib.metadata
import re

import msgspec

from authws_desktop import __version__
from authws_desktop.errors import ProductError
from authws_desktop.trust import system_trust

LATEST = "{homepage}/releases/latest/download/latest.json"
"""Where the newest full release says what it is; a release puts it there (packaging/stores)."""
PACKAGE = "authws-desktop"
TIMEOUT_S = 10.0
MAX_BYTES = 4096
_KINDS = (".dev", "a", "b", "rc", "")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:(a|b|rc|\.dev)(\d+))?")


class UpdateError(ProductError):
    """The page could not be asked, or its answer was not understood."""


class Release(msgspec.Struct, frozen=True):
    """A version that people can get.

    Attributes:
        version: As the program writes its own.
        page: Where it is described and offered; below the homepage.
    """

    version: str
    page: str


def homepage(package: str = PACKAGE) -> str:
    """Return the project's page by the metadata of an installed package; empty while there is none."""
    try:
        labelled = importlib.metadata.metadata(package).get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:
        return ""
    pages: dict[str, str] = dict(each.split(", ", 1) for each in labelled)
    return pages.get("Homepage", "").rstrip("/")


def sort_key(version: str) -> tuple[int, ...]:
    """Return what versions are compared by, a pre-release before its release.

    Raises:
        UpdateError: It is none of ours.
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        raise UpdateError("The page of this program told no version that can be compared.")
    numbers = (int(number) for number in found.group(1, 2, 3))
    return *numbers, _KINDS.index(found[4] or ""), int(found[5] or 0)


async def newer_release(
    page: str, running: str = __version__, timeout_s: float = TIMEOUT_S
) -> Release | None:
    """Ask a homepage for the newest release.

    Args:
        page: See `homepage`.
        running: The version that is running.
        timeout_s: How long the answer may take.

    Returns:
        The release, if it is newer than what is running.

    Raises:
        UpdateError: There is no answer, or none that makes sense.
    """
    import aiohttp  # here: the window opens before anybody is asked

    try:
        release = msgspec.json.decode(await _fetch(LATEST.format(homepage=page), timeout_s), type=Release)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise UpdateError("The page of this program cannot be reached.") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise UpdateError("The page of this program gave an answer that is not understood.") from error
    if not release.page.startswith(f"{page}/"):  # it is opened in the browser: nobody else's
        raise UpdateError("The page of this program gave an answer that is not understood.")
    return release if sort_key(release.version) > sort_key(running) else None


async def _fetch(url: str, timeout_s: float) -> bytes:
    import aiohttp

    # The system's proxy is taken, and its own list of authorities: a company's is among them.
    timeout, headers = aiohttp.ClientTimeout(total=timeout_s), {"User-Agent": PACKAGE}
    async with (
        aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as session,
        session.get(url, ssl=system_trust()) as answer,
    ):
        answer.raise_for_status()
        content = await answer.content.read(MAX_BYTES + 1)
        while len(content) <= MAX_BYTES and (more := await answer.content.read(MAX_BYTES)):
            content += more
    if len(content) > MAX_BYTES:
        raise ValueError("too long")
    return content
