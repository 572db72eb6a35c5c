"""What can be said of the client's code without running it: types, lint, and that its frames are the server's."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from authws_desktop.panels.kit.language import LANGUAGES
from authws_desktop.protocol import client_messages, http_messages, server_messages

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FRAMES = ROOT / "resources" / "web" / "frames.d.ts"
MODULES: tuple[ModuleType, ...] = (server_messages, client_messages, http_messages)
KINDS = {
    inspect.StrType: "string",
    inspect.EnumType: "string",
    inspect.IntType: "number",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.RawType: "unknown",
}


def run_tool(name: str, *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """Run one of the npm packages' programs from the project's root, with code on its standard input."""
    tool = shutil.which(name, path=HERE / "node_modules" / ".bin")
    if tool is None:
        pytest.skip(f"{name} is not installed: npm ci in tests/browser")
    return subprocess.run(
        [tool, *arguments], cwd=ROOT, input=code, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.mark.browser
def test_types() -> None:
    """The type checker finds nothing in the web client."""
    result = run_tool("tsc", "--project", "tests/browser/tsconfig.json")
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@pytest.mark.browser
def test_lint() -> None:
    """The linter finds nothing in the web client and in the tests of its modules."""
    config = ["--config", "tests/browser/eslint.config.mjs", "--max-warnings", "0"]
    result = run_tool("eslint", *config, "resources/web", "tests/browser")
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("/** @type {number} */\nexport const count = 'one';\n", "TS2322"),
        ("let fixed = 1;\nexport { fixed };\n", ""),
    ],
)
def test_the_type_checker_checks(tmp_path: Path, code: str, finding: str) -> None:
    """A value of the wrong type is found under the client's own settings, and what is right is not."""
    (tmp_path / "a.js").write_text(code, encoding="utf-8")
    config = f'{{"extends": "{(HERE / "tsconfig.json").as_posix()}", "include": ["a.js"]}}'
    (tmp_path / "tsconfig.json").write_text(config, encoding="utf-8")
    result = run_tool("tsc", "--project", str(tmp_path))
    assert (finding in result.stdout, bool(result.returncode)) == (True, bool(finding))


def test_the_client_speaks_the_windows_languages() -> None:
    """One table for each but English, which is in the code."""
    words = {file.stem for file in (ROOT / "resources" / "web" / "words").glob("*.js")}
    assert words == {tag.partition("-")[0] for tag in LANGUAGES} - {"en"}
    listed = re.search(r"const LANGUAGES = \[(.*)\];", (ROOT / "resources/web/strings.js").read_text("utf-8"))
    assert listed is not None
    assert set(re.findall(r"'(\w+)'", listed[1])) == words


@pytest.mark.browser
def test_the_linter_lints() -> None:
    """What hides fields from the type checker is found, under the client's own settings."""
    config = ["--config", "tests/browser/eslint.config.mjs", "--format", "json", "--stdin"]
    code = "export const join = (first, second) => Object.assign(first, second);\n"
    result = run_tool("eslint", *config, "--stdin-filename", "resources/web/join.js", code=code)
    assert "no-restricted-properties" in result.stdout
    assert result.returncode == 1


def interfaces() -> dict[str, dict[str, tuple[str, bool]]]:
    """Return the described frames: by name, each field's type and whether it may be absent."""
    found = {}
    for name, body in re.findall(
        r"^export interface (\w+) \{\n(.*?)^\}", FRAMES.read_text("utf-8"), re.M | re.S
    ):
        fields = re.findall(r"^  (\w+)(\??): (.+);$", body, re.M)
        assert len(fields) == body.count(";"), name
        found[name] = {field: (kind, bool(mark)) for field, mark, kind in fields}
    return found


def struct_of(name: str) -> Any:
    """Return the server's struct of this name."""
    found = [getattr(module, name) for module in MODULES if hasattr(module, name)]
    assert found, f"the server knows no {name}"
    return found[0]


def test_there_are_frames_to_compare() -> None:
    """Each frame that the union of the server's frames names is described."""
    union = re.search(r"^export type ServerFrame = (.+);$", FRAMES.read_text("utf-8"), re.M)
    assert union is not None
    names = union[1].split(" | ")
    assert len(names) >= 7
    assert set(names) <= set(interfaces())


@pytest.mark.parametrize("name", interfaces())
def test_frames_are_the_servers(name: str) -> None:
    """Each field that the client reads or writes is one of the struct's, of its type, absent only if it may be."""
    struct = struct_of(name)
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    theirs = {field.encode_name: field for field in info.fields}
    for field, (kind, may_be_absent) in interfaces()[name].items():
        if field == info.tag_field:
            assert kind == f"'{info.tag}'"
            continue
        assert field in theirs
        assert described_types(kind) <= wire_types(theirs[field].type), field
        assert may_be_absent == can_be_absent(struct, theirs[field]), field


def described_types(kind: str) -> set[str]:
    """Return the types that a field of the description may have; of a list of several, a list of each."""
    several = re.fullmatch(r"\((.+)\)\[\]", kind)
    return {f"{each}[]" for each in several[1].split(" | ")} if several else {kind}


def can_be_absent(struct: Any, field: inspect.Field) -> bool:
    """Tell whether a frame can come, or be sent, without this field."""
    if struct.__module__ == client_messages.__name__:
        return not field.required
    # UNSET is told as no default.
    has_default = field.default is not msgspec.NODEFAULT or field.default_factory is not msgspec.NODEFAULT
    return not field.required and not has_default


def wire_types(kind: inspect.Type) -> set[str]:
    """Return how a type may be written in the description."""
    if isinstance(kind, inspect.Metadata):
        return wire_types(kind.type)
    if isinstance(kind, inspect.UnionType):
        return {name for each in kind.types for name in wire_types(each)}
    if isinstance(kind, inspect.LiteralType):
        return {"string" if isinstance(value, str) else "boolean" for value in kind.values}
    if isinstance(kind, inspect.ListType):
        return {f"{name}[]" for name in wire_types(kind.item_type)}
    if isinstance(kind, inspect.LiteralType):
        return {{bool: "boolean", str: "string", int: "number"}[type(value)] for value in kind.values}
    if isinstance(kind, inspect.StructType):
        return {kind.cls.__name__}
    return {name for known, name in KINDS.items() if isinstance(kind, known)}
