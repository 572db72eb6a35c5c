"""Files as answers: types, parts, tags, and what happens when one cannot be opened.

Contents are kept in memory: the web client is small, a page of it costs no open file each time, and a
server that has run out of open files still has its pages.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aiohttp import hdrs, web

from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError

_NO_SUCH_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)
PACKED_MARK = "-gzip"
_WORTH_PACKING = 0.9
# Stated here because the system's own table decides otherwise on some Windows machines.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a file, ready to be sent.

    Attributes:
        data: Its bytes.
        tag: Stands for exactly these bytes (`ETag`); with `PACKED_MARK` behind it, for the packed ones.
        packed: The same with gzip; empty where that saves little.
    """

    data: bytes
    tag: str
    packed: bytes

    @classmethod
    def of(cls, data: bytes) -> Content:
        """Return bytes with their tag, and packed where that is worth it."""
        # Without a time in it, the same bytes always give the same packed ones, which the tag stands for.
        packed = gzip.compress(data, mtime=0)
        tag = hashlib.sha256(data).hexdigest()[:32]
        return cls(data, tag, packed if len(packed) < _WORTH_PACKING * len(data) else b"")


class Folder:
    """The files below a folder, and none outside of it.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept: dict[Path, tuple[tuple[int, int], Content]] = {}

    def find(self, name: str) -> Path | None:
        """Return a file by its path below the folder; `None` if there is none.

        Raises:
            OSError: The system cannot tell.
        """
        try:
            # Resolved, then compared: `..`, links and drive letters lead out in more spellings than could be
            # listed.
            root = self._root.resolve()
            file = (root / name).resolve()
            return file if file.is_relative_to(root) and file.is_file() else None
        except ValueError:  # a NUL
            return None
        except OSError as error:
            if error.errno in _NO_SUCH_FILE:
                return None
            raise

    def load(self, name: str) -> Content:
        """Return what a file holds now, by its path below the folder; waits for the disk.

        Raises:
            OSError: There is none, or it cannot be read.
        """
        file = self.find(name)
        if file is None:
            raise FileNotFoundError(errno.ENOENT, "no such file is served", name)
        return self._read(file)

    def _read(self, file: Path) -> Content:
        found = file.stat()
        # Looked at each time: a developer changes the pages while the server runs.
        stamp = (found.st_mtime_ns, found.st_size)
        kept = self._kept.get(file)
        if kept is None or kept[0] != stamp:
            kept = self._kept[file] = (stamp, Content.of(file.read_bytes()))
        return kept[1]


def type_of(name: str) -> str:
    """Return a file's media type by its name."""
    suffix = PurePosixPath(name).suffix
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def content_response(
    request: web.BaseRequest, content: Content, kind: str, headers: dict[str, str]
) -> web.Response:
    """Return the answer to a request for a content: all of it, a part, or nothing new (RFC 9110, 13 and 14).

    Args:
        request: May name a part, and what it has already.
        content: The whole file.
        kind: Its media type.
        headers: Of the answer.

    Raises:
        RequestError: There is no such part.
    """
    is_whole = hdrs.RANGE not in request.headers or hdrs.IF_RANGE in request.headers
    is_packed = is_whole and bool(content.packed) and _takes_gzip(request)
    tag = content.tag + PACKED_MARK if is_packed else content.tag
    headers = {**headers, hdrs.ETAG: f'"{tag}"', hdrs.ACCEPT_RANGES: "bytes"}
    if content.packed:
        headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    if any(known.value in (content.tag, tag, "*") for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = kind
    if is_packed:
        return web.Response(body=content.packed, headers={**headers, hdrs.CONTENT_ENCODING: "gzip"})
    if is_whole:
        # A part of what was asked about by date or tag is never needed: the whole is small.
        return web.Response(body=content.data, headers=headers)
    size = len(content.data)
    start, end = _range_of(request, size)
    headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{end - 1}/{size}"
    return web.Response(status=206, body=content.data[start:end], headers=headers)


def _takes_gzip(request: web.BaseRequest) -> bool:
    """Tell whether a client wants gzip (RFC 9110, 12.5.3): named, and not with the weight 0."""
    for offer in ",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, [])).split(","):
        name, _, weight = offer.replace(" ", "").lower().partition(";q=")
        if name in ("gzip", "x-gzip"):
            return not re.fullmatch(r"0(\.0*)?", weight)
    return False


def _range_of(request: web.BaseRequest, size: int) -> tuple[int, int]:
    """Return where the wanted part begins and ends."""
    try:
        start, end, _ = request.http_range.indices(size)
    except ValueError:
        start = end = 0
    if start >= end:
        raise RequestError(fail.RANGE_NOT_SATISFIABLE, headers={hdrs.CONTENT_RANGE: f"bytes */{size}"})
    return start, end
