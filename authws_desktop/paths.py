"""Where the program keeps its files, and where its own data files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from authws_desktop.errors import ProductError

APP_NAME = "authws-desktop"
"""Folder name under the platform's own places; `appauthor=False` keeps Windows from doubling it."""

_PACKAGE = Path(__file__).resolve().parent


class NoHomeError(ProductError):
    """This user has no home folder, and files were to be kept there; `str()` says what to set."""

    def __init__(self) -> None:
        super().__init__(
            "There is no home folder to keep files in: HOME is not set, and the system knows none for this "
            "user. Set HOME, or name a folder: --data-dir FOLDER."
        )


@dataclass(frozen=True)
class DataPaths:
    """Every file the program writes.

    Attributes:
        config_dir: Settings and the signing secret.
        data_dir: The accounts database, history.
        log_dir: The program's own log.
    """

    config_dir: Path
    data_dir: Path
    log_dir: Path

    @classmethod
    def of_user(cls) -> DataPaths:
        """Return the platform's own folders for this user.

        Raises:
            NoHomeError: They would be in the home folder, and there is none.
        """
        dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
        try:
            folders = (dirs.user_config_path, dirs.user_data_path, dirs.user_log_path)
        except RuntimeError:  # what pathlib raises where neither HOME nor the passwd entry is there
            raise NoHomeError from None
        # os.path.expanduser, which platformdirs may use too, hands "~/…" back unchanged instead.
        if not all(folder.is_absolute() for folder in folders):
            raise NoHomeError
        return cls(*folders)

    @classmethod
    def under(cls, folder: Path) -> DataPaths:
        """Return paths that keep everything under one folder (tests, portable use).

        Raises:
            NoHomeError: The folder begins with "~", and there is no home folder.
        """
        try:
            folder = folder.expanduser().absolute()
        except RuntimeError:
            raise NoHomeError from None
        return cls(folder, folder, folder / "logs")

    @property
    def settings_file(self) -> Path:
        """Saved settings, TOML."""
        return self.config_dir / "settings.toml"

    @property
    def secret_file(self) -> Path:
        """The signing secret, mode 0600."""
        return self.config_dir / "secret"

    @property
    def tls_dir(self) -> Path:
        """The local authority, its certificate and their keys."""
        return self.config_dir / "tls"

    @property
    def window_file(self) -> Path:
        """Sizes, columns, sort and filter of the window."""
        return self.config_dir / "window.ini"

    @property
    def database_file(self) -> Path:
        """Accounts and sessions, SQLite."""
        return self.data_dir / "accounts.db"

    @property
    def bans_file(self) -> Path:
        """Who may not come in, JSON."""
        return self.data_dir / "bans.json"

    @property
    def pinned_file(self) -> Path:
        """The announcement that stays, JSON; only while there is one."""
        return self.data_dir / "pinned.json"

    @property
    def history_file(self) -> Path:
        """Traffic of launches before, SQLite; only where the host wants it."""
        return self.data_dir / "history.db"

    @property
    def log_file(self) -> Path:
        """The program's own log."""
        return self.log_dir / "authws-desktop.log"


def resource_dir() -> Path:
    """Return the folder of icons and web client.

    In an installed wheel it lies inside the package, in a checkout at the top level.
    """
    packaged = _PACKAGE / "_resources"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "resources"
