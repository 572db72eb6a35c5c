"""The icon in every size and container, from the one SVG."""

import struct
import subprocess
from pathlib import Path

from devtools.package.build_environment import BuildEnvironment
from devtools.package.places import NAME, Places
from devtools.processes import DevError

SIZES_PX = (16, 20, 22, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024)
LINUX_SIZES_PX = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)
ICO_SIZES_PX = (16, 20, 24, 32, 40, 48, 64, 256)
ICNS_KINDS = (
    ("icp4", 16),
    ("ic11", 32),
    ("icp5", 32),
    ("ic12", 64),
    ("ic07", 128),
    ("ic13", 256),
    ("ic08", 256),
    ("ic14", 512),
    ("ic09", 512),
    ("ic10", 1024),
)
"""Apple's types that hold PNG; ic11 to ic14 and ic10 are the doubled ones for Retina screens."""


def render_icons(environment: BuildEnvironment, places: Places) -> None:
    """Render PNGs with Qt, as the window draws the icon, and put them into .ico and .icns."""
    source = places.root / "resources" / "icons" / f"{NAME}.svg"
    places.icons.mkdir(parents=True, exist_ok=True)
    script = places.recipes / "pyinstaller" / "render_icons.py"
    command: list[str | Path] = [environment.python, script, source, places.icons, *map(str, SIZES_PX)]
    if subprocess.run(command, check=False).returncode:
        raise DevError("The icons could not be rendered: see above.")
    pictures = {size: (places.icons / f"{size}.png").read_bytes() for size in SIZES_PX}
    (places.icons / f"{NAME}.ico").write_bytes(ico(pictures))
    (places.icons / f"{NAME}.icns").write_bytes(icns(pictures))


def ico(pictures: dict[int, bytes]) -> bytes:
    """Return a Windows icon that holds PNGs (understood since Windows Vista).

    Args:
        pictures: PNGs by size in pixels.
    """
    offset = 6 + 16 * len(ICO_SIZES_PX)
    head, body = struct.pack("<HHH", 0, 1, len(ICO_SIZES_PX)), b""
    for size in ICO_SIZES_PX:
        content = pictures[size]
        side = size % 256  # 256 is written as 0
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(content), offset + len(body))
        body += content
    return head + body


def icns(pictures: dict[int, bytes]) -> bytes:
    """Return a macOS icon that holds PNGs.

    Args:
        pictures: PNGs by size in pixels.
    """
    body = b""
    for kind, size in ICNS_KINDS:
        body += kind.encode() + struct.pack(">I", 8 + len(pictures[size])) + pictures[size]
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def linux_icon_files(places: Places) -> dict[str, Path]:
    """Return the files of the icon theme: path under `share/icons/hicolor` to source."""
    files = {f"{s}x{s}/apps/{NAME}.png": places.icons / f"{s}.png" for s in LINUX_SIZES_PX}
    files[f"scalable/apps/{NAME}.svg"] = places.root / "resources" / "icons" / f"{NAME}.svg"
    return files
