"""The program knows whether its hot modules are compiled."""

from __future__ import annotations

import inspect
import os
import re
import tomllib

from authws_desktop.compiled import form_words, is_compiled
from authws_desktop.hub.talk import Talk
from devtools.commands import COMPILED_VARIABLE
from devtools.processes import ROOT


def test_the_form_is_told() -> None:
    """A run of the tests on the compiled form runs on that form, and any other on the source."""
    is_wanted = COMPILED_VARIABLE in os.environ
    assert is_compiled() is is_wanted
    assert inspect.isfunction(Talk.direct) is not is_wanted
    assert form_words() == ("compiled" if is_wanted else "pure Python")


def test_no_compiled_module_has_structs() -> None:
    """Mypyc drops the options of such a class without a word: names on the wire would be others."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    modules = config["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["modules"]
    assert "authws_desktop/hub/talk.py" in modules
    for name in modules:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"class \w+\(.*\bStruct\b", text), name
