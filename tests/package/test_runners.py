"""The adapters of the npm package, under the runners they are made for, each in a project that is thrown away."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_static_checks import run_tool
from tests.package.small import ROOT

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="the program is started by a shell script"),
]
RUNNERS = ROOT / "tests" / "runners" / "node_modules"
GAME = """
import { useAuthws } from 'authws-test/RUNNER';

const { authws, test } = useAuthws();

test('a move reaches the other player', async () => {
  const [ana, ben] = [(await authws.user('ana')).client(), (await authws.user('ben')).client()];
  await Promise.all([ana.start(), ben.start()]);
  const heard = new Promise((resolve) => { ben.on('message', resolve); });
  await ana.send({ move: 'e4' });
  const { content } = await heard;
  if (content.move !== 'e4') throw new Error('another move');
  await authws.faults('user:ben', { latencyMs: 20, direction: 'out' });
  await ana.send({ move: 'e5' });
  await authws.wait('is:faulty type:message e5');
  ana.close();
  ben.close();
});

test('rows of the last test do not count', () => authws.none('type:message', { withinS: 0.05 }));

test.skip('what is skipped', () => { throw new Error('never'); });

test('that fails', async () => {
  await authws.send('a clue');
  await authws.wait('user:nobody clue', { withinS: 0.05 });
});
"""
COMMANDS: dict[str, tuple[list[str], str]] = {
    "node": (["--test", "--test-reporter=tap", "game.test.js"], ""),
    "vitest": (["vitest/vitest.mjs", "run", "--reporter=json", "--reporter=default"], "vitest/vitest.mjs"),
    "jest": (
        ["--experimental-vm-modules", "jest/bin/jest.js", "--json", "--no-watchman"],
        "jest/bin/jest.js",
    ),
}
"""Arguments of Node, and the runner's own program among them."""


@pytest.mark.parametrize("runner", list(COMMANDS))
def test_a_runner_passes_and_fails_as_told(node_project: Path, runner: str) -> None:
    """Two pass, one is skipped, one fails and shows the rows; the program runs for the file and ends with it."""
    node = shutil.which("node")
    arguments, own = COMMANDS[runner]
    if node is None or (own and not (RUNNERS / own).exists()):
        pytest.skip(f"{runner} is not installed: npm ci in tests/runners")
    for package in RUNNERS.iterdir() if own else ():
        target = node_project / "node_modules" / package.name
        if not target.exists():
            target.symlink_to(package, target_is_directory=True)
    (node_project / "game.test.js").write_text(GAME.replace("RUNNER", runner))
    (node_project / "jest.config.json").write_text('{"transform": {}, "testMatch": ["**/game.test.js"]}')
    done = subprocess.run(
        [node, *(str(RUNNERS / each) if each == own else each for each in arguments)],
        cwd=node_project,
        env={**os.environ, "AUTHWS_PROGRAM": str(node_project / "start.sh"), "CI": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout + done.stderr
    assert outcome(runner, done.stdout) == {"passed": 2, "skipped": 1, "failed": 1}, said
    assert "the last 20 rows of the traffic" in said
    assert "a clue" in said.partition("the last 20 rows of the traffic")[2]


def outcome(runner: str, output: str) -> dict[str, int]:
    """Return how many tests passed, were skipped and failed."""
    if runner == "node":
        found = dict(re.findall(r"^# (pass|skipped|fail) (\d+)", output, re.MULTILINE))
        return {"passed": int(found["pass"]), "skipped": int(found["skipped"]), "failed": int(found["fail"])}
    line = next(each for each in output.splitlines() if each.startswith("{"))
    report: dict[str, Any] = json.loads(line)
    names = {"passed": "numPassedTests", "skipped": "numPendingTests", "failed": "numFailedTests"}
    return {name: report[field] for name, field in names.items()}


def test_the_adapters_types_are_strict(node_project: Path) -> None:
    """Each gives its runner's own `test`."""
    if not (RUNNERS / "vitest").exists():
        pytest.skip("the runners are not installed: npm ci in tests/runners")
    for package in RUNNERS.iterdir():
        target = node_project / "node_modules" / package.name
        if not target.exists():
            target.symlink_to(package, target_is_directory=True)
    right = "".join(
        f"import {{ useAuthws as {name} }} from 'authws-test/{name}';\n"
        f"{name}().test('a', async () => {{ await {name}().authws.wait('b', {{ withinS: 1 }}); }});\n"
        for name in ("vitest", "jest")
    )
    config = '{"compilerOptions": {"strict": true, "noEmit": true, "module": "nodenext", "target": "es2023", "types": [], "skipLibCheck": true, "preserveSymlinks": true}, "files": ["%s"]}'
    for name, code, status in (
        ("right.ts", right, 0),
        ("wrong.ts", right.replace("withinS: 1", "withinS: ''"), 1),
    ):
        (node_project / name).write_text(code)
        (node_project / "tsconfig.json").write_text(config % name)
        done = run_tool("tsc", "--project", str(node_project))
        assert bool(done.returncode) == bool(status), done.stdout
