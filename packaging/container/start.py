"""Starts the server in its container, and says what of the container will be regretted.

Arguments go to `authws-desktop serve`. `--health` asks the running server if it is ready, for the engine's
health check, and exits with 0 or 1.
"""

import os
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

DATA = Path("/data")
PORT = "4000"
PROGRAM = Path(sys.executable).with_name("authws-desktop")


def warnings(data: Path, user: int) -> list[str]:
    """Return what the person who started the container should know.

    Args:
        data: The folder of accounts and settings.
        user: Number of the user this runs as.
    """
    said = []
    if user == 0:
        said.append("This container runs as root, which the server does not need: leave out --user 0.")
    if not os.path.ismount(data):
        said.append(
            f"There is no volume at {data}: accounts, settings and the signing secret end with this "
            f"container. Give it one, as in: -v authws:{data}"
        )
    return said


def is_ready(port: str) -> bool:
    """Tell whether the server on this port says it can serve; over http, else https, whatever certificate."""
    anyone = ssl.create_default_context()
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE  # it is this container itself
    for scheme in ("http", "https"):
        try:
            url = f"{scheme}://127.0.0.1:{port}/readyz"
            with urllib.request.urlopen(url, timeout=4, context=anyone) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False
        except (OSError, ValueError):
            continue
    return False


def command(arguments: list[str], port: str, data: Path) -> list[str]:
    """Return the command line of the server."""
    return [str(PROGRAM), "serve", "--host", "0.0.0.0", "--port", port, "--data-dir", str(data), *arguments]


def main(arguments: list[str]) -> int:
    """Carry out the command line; the server takes this process's place."""
    port, data = os.environ.get("AUTHWS_PORT", PORT), Path(os.environ.get("AUTHWS_CONTAINER_DATA", DATA))
    if arguments[:1] == ["--health"]:
        return 0 if is_ready(port) else 1
    for each in warnings(data, os.geteuid()):
        print(each, file=sys.stderr, flush=True)
    words = command(arguments, port, data)
    return os.execv(words[0], words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
