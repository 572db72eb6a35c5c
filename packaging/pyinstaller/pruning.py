"""What of the things that PyInstaller collects goes into the package, and what stays out.

Plain rules on the paths inside the bundle, used by `authws-desktop.spec` and tried by the tests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

EXCLUDED_MODULES = [
    "PySide6.QtOpenGL",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtTest",
    "PySide6.scripts",
    "sqlalchemy.dialects.mssql",
    "sqlalchemy.dialects.mysql",
    "sqlalchemy.dialects.oracle",
    "sqlalchemy.testing",
    "aiohttp.pytest_plugin",
    "aiohttp.test_utils",
    "IPython",
    "_pytest",
    "distutils",
    "lib2to3",
    "readline",  # GNU's, whose licence would bind the whole program
    "websockets.__main__",
    "websockets.cli",
    "pip",
    "pydoc_data",
    "pytest",
    "setuptools",
    "test",
    "tkinter",
    "uvloop",
]
"""Modules that something imports, only in cases that do not come up in this program."""

PLUGINS = {
    "iconengines": ("qsvgicon",),
    "imageformats": ("qsvg", "qico", "qicns"),
    "platforminputcontexts": ("composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"),
    "platforms": ("qxcb", "qwayland", "qoffscreen", "qminimal", "qwindows", "qcocoa"),
    "platformthemes": ("qxdgdesktopportal",),
    "styles": ("qmodernwindowsstyle", "qmacstyle"),
    "wayland-decoration-client": ("adwaita", "bradient"),
    "wayland-graphics-integration-client": ("qt-plugin-wayland-egl",),
    "wayland-shell-integration": ("xdg-shell", "qt-shell", "wl-shell-plugin"),
    "xcbglintegrations": (),
}
"""The plugins of Qt that are wanted, by folder; whole folders that are not named stay out.

The window is drawn without OpenGL, on Xvfb and over ssh as well, hence no `xcbglintegrations`. The gtk3 theme
would draw half of GTK in; the portal gives its dialogs without that.
"""

QT_LIBRARIES = (
    "Core",
    "DBus",
    "Gui",
    "Network",
    "OpenGL",
    "Svg",
    "WaylandClient",
    "WlShellIntegration",
    "Widgets",
    "XcbQpa",
)
"""Qt's libraries that the modules and plugins above need."""

SYSTEM_LIBRARIES = (
    "libEGL",
    "libGL",
    "libX11",
    "libX11-xcb",
    "libXau",
    "libXdmcp",
    "libblkid",
    "libbrotlicommon",
    "libbrotlidec",
    "libbsd",
    "libcap",
    "libcom_err",
    "libdbus-1",
    "libexpat",
    "libfontconfig",
    "libfreetype",
    "libgcc_s",
    "libgcrypt",
    "libgio-2.0",
    "libglib-2.0",
    "libgmodule-2.0",
    "libgobject-2.0",
    "libgpg-error",
    "libgssapi_krb5",
    "libgthread-2.0",
    "libk5crypto",
    "libkeyutils",
    "libkrb5",
    "libkrb5support",
    "liblz4",
    "libmd",
    "libmount",
    "libpcre2-8",
    "libpng16",
    "libselinux",
    "libstdc++",
    "libsystemd",
    "libxkbcommon",
    "libxkbcommon-x11",
    "libzstd",
)
"""Linux: taken from the system, never from the machine that builds.

They have to be of one piece with what else the system loads (drivers, fonts, the session bus), or are needed
only by those that are. `libstdc++` and `libgcc_s` would hide the newer ones that Mesa's drivers ask for
(PyInstaller's issue 6993). What of them the bundle needs becomes the package's Depends.
"""

_PLUGIN = re.compile(r"PySide6/(?:Qt/)?plugins/([\w-]+)/(?:lib)?([\w-]+?)(?:\.\w+)*$")
_QT_LIBRARY = re.compile(r"(?:^|/)(?:lib)?Qt6(\w+?)(?:\.so[\d.]*|\.dll)?$")
_TRANSLATIONS = re.compile(r"PySide6/(?:Qt/)?translations/(.*)$")
_SPOKEN = re.compile(r"qtbase_(?:de|es|fr|pt_BR|tr|ar|zh_CN|ja)\.qm$")
"""Qt's own menus and buttons in the window's languages: 100 to 200 kB each."""
_LEFTOVERS = re.compile(
    r"opengl32sw\.dll$|d3dcompiler_\d+\.dll$|PySide6/(?:Qt/)?(?:qml|metatypes|libexec)/"
    # how pip installed a package, with the folder it came from
    r"|\.dist-info/(?:direct_url\.json|INSTALLER|RECORD|REQUESTED)$"
)


def is_wanted(path: str) -> bool:
    """Tell whether a collected file goes into the package.

    Args:
        path: Where it would lie in the bundle, with either kind of slash.
    """
    name = path.replace("\\", "/")
    plugin = _PLUGIN.search(name)
    if plugin:
        return plugin[2] in PLUGINS.get(plugin[1], ())
    library = _QT_LIBRARY.search(name)
    if library:
        return library[1] in QT_LIBRARIES
    if translation := _TRANSLATIONS.search(name):
        return _SPOKEN.match(translation[1]) is not None
    if _LEFTOVERS.search(name):
        return False
    return not is_system_library(PurePosixPath(name).name)


def is_system_library(file_name: str) -> bool:
    """Tell whether a shared library of Linux is the system's business."""
    stem, dot_so, _version = file_name.partition(".so")
    return bool(dot_so) and stem in SYSTEM_LIBRARIES


def pruned(entries: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return the wanted ones of PyInstaller's (path in the bundle, source, kind) entries."""
    return [entry for entry in entries if is_wanted(entry[0])]
