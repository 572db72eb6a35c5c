"""What a lock file may hold."""

import pytest

from devtools.locks import LOCK_HEADER, clean_lock
from devtools.processes import DevError

HASH = "--hash=sha256:" + "0a" * 32


def test_names_versions_markers_and_hashes_stay() -> None:
    """These are the lock."""
    text = f"aiohttp==3.14.5 \\\n    {HASH}\nuvloop==0.23.0 ; sys_platform != 'win32' \\\n    {HASH}\n"
    assert clean_lock(text) == LOCK_HEADER + text


def test_comments_options_and_empty_lines_go() -> None:
    """The resolver writes what the machine's settings say; a lock file must not."""
    text = (
        "# made in /some/where\n--index-url https://packages.example/simple\n--find-links /wheels\n\n"
        f"idna==3.20 \\\n    {HASH}\n    # via -r /some/where/req.txt\n"
    )
    assert clean_lock(text) == f"{LOCK_HEADER}idna==3.20 \\\n    {HASH}\n"


@pytest.mark.parametrize(
    "line",
    [
        "idna @ https://packages.example/idna-3.20.tar.gz \\",
        "-e /home/someone/idna",
        "./idna",
        "idna==3.20",
        "    --hash=md5:00",
        "idna==3.20 ; x == 'https://packages.example/' \\",
    ],
)
def test_anything_else_is_refused(line: str) -> None:
    """An address, a folder, a pin without a hash or a weak hash stops the command."""
    with pytest.raises(DevError, match="more than names, versions and hashes"):
        clean_lock(f"{line}\n    {HASH}\n")
