"""The small packages, installed from what is published into a project that is thrown away."""

from __future__ import annotations

import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from devtools.package.small import UNVERSIONED
from tests.browser.test_static_checks import run_tool
from tests.package.small import ROOT, program_here

pytestmark = [pytest.mark.e2e, pytest.mark.long]
PYTEST_PROJECT = """
import asyncio
import json
import pytest
from authws_client import Client, Ended

def test_a_message_is_seen(authws):
    async def talk():
        async with authws.user("ana").client(app="game") as ana:
            await ana.send({"move": "e4"})
    asyncio.run(talk())
    (row,) = authws.wait("user:ana type:message e4")
    assert row["identity"]["app"] == "game"
    authws.none("type:error", within_s=0.1)

def test_rows_of_the_last_test_do_not_count(authws):
    authws.none("user:ana type:message e4", within_s=0.1)

def test_a_slow_player_and_the_same_game_again(authws, tmp_path):
    async def play():
        async with authws.user("ana").client() as ana, authws.user("ben").client() as ben:
            authws.faults("user:ben", latencyMs=50, jitterMs=20, direction="out", seed=1)
            await ana.send({"move": "e4"})
            async for frame in ben:
                if frame["content"] == {"move": "e4"}:
                    break
            authws.faults("user:ben")
            await ben.direct("ana", "good move")
    asyncio.run(play())
    assert authws.wait("is:faulty type:message e4")
    authws.wait("type:disconnect", count=2)
    file = tmp_path / "game.jsonl"
    file.write_text("\\n".join(json.dumps(row) for row in authws.rows()))
    replay = authws.replay(file, user_map={"ana": "cleo", "ben": "dan"})
    assert replay.steps == 4

def test_that_fails(authws):
    authws.send("a clue")
    authws.wait("user:nobody clue", within_s=0.1)
"""
NODE_PROJECT = """
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Client, ClientError, nextAfterClose } from 'authws-client';
import { useAuthws } from 'authws-test';

const authws = useAuthws({ beforeAll: before, afterAll: after, beforeEach, afterEach });

test('a message has its id and is seen', authws.shown(async () => {
  const [ana, ben] = [(await authws.user('ana')).client({ app: 'game' }), (await authws.user('ben')).client()];
  await ben.start();
  await ana.start();
  const heard = new Promise((resolve) => ben.on('message', resolve));
  const sent = await Promise.all(Array.from({ length: 50 }, (_, move) => ana.send({ move: 'e4', same: true })));
  assert.equal(new Set(sent.map(({ id }) => id)).size, 50);
  assert.equal((await heard).id, sent[0].id);
  assert.equal((await ana.direct('ben', 1)).recipients, 1);
  await assert.rejects(ana.direct('nobody', 1), { code: 'INVALID_RECIPIENT' });
  const [row] = await authws.wait('user:ana type:message e4');
  assert.equal(row.identity.app, 'game');
  ana.close();
  ben.close();
  await assert.rejects(ana.send(1), { code: 'CLOSED' });
}));

test('it comes back after being closed, and not after a ban', authws.shown(async () => {
  const client = (await authws.user('ana')).client({ random: () => 0 });
  const states = [];
  client.on('state', (state) => states.push(state));
  await client.start();
  for (let round = 0; round < 3; round += 1) {
    const waiting = client.until('waiting');
    await authws.faults(`conn:${client.clientId}`, { closeCode: 1001 });
    await waiting;
    await client.until('online');
  }
  assert.deepEqual(states.slice(-3), ['waiting', 'connecting', 'online']);
  await authws.faults('all', { closeCode: 4006 });
  await assert.rejects(client.until('waiting'), { code: '4006' });
}));

test('one new token and then the end', async () => {
  let asked = 0;
  const { client } = await authws.user('ana');
  const lost = client({ username: '', getToken: () => { asked += 1; return 'nonsense'; }, random: () => 0 });
  await assert.rejects(lost.start(), (error) => error instanceof ClientError && error.code === 'MALFORMED');
  assert.equal(asked, 2);
  const wrong = client({ password: 'wrong password' });
  await assert.rejects(wrong.start(), { code: 'INVALID_CREDENTIALS' });
  assert.equal(nextAfterClose(4009), 'pause');
});

test('messages can be iterated', authws.shown(async () => {
  const ana = (await authws.user('ana')).client();
  await ana.start();
  await Promise.all([ana.send(1), ana.send(2)]);
  const kept = [];
  const reading = (async () => { for await (const { content } of ana) kept.push(content); })();
  await Promise.all([ana.send(3), ana.send(4)]);
  ana.close();
  await reading;
  assert.deepEqual(kept, [3, 4]);
}));

test('that fails', authws.shown(async () => {
  await authws.send('a clue');
  await authws.wait('user:nobody clue', { withinS: 0.1 });
}));
"""


def test_they_hold_what_they_should(packages: list[Path]) -> None:
    """Nothing of the program, no cache, the licence, and the version everywhere."""
    for file in packages:
        held = contents(file)
        assert any("LICENSE" in name for name in held)
        assert not [name for name in held if "pycache" in name or name.startswith("authws_desktop")]
        assert not [name for name, text in held.items() if UNVERSIONED in text]
        assert not [name for name, text in held.items() if "from authws_desktop" in text]


def contents(file: Path) -> dict[str, str]:
    """Return the texts of a package by their names."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}
    with tarfile.open(file) as tar:
        return {name: held.read().decode() for name in tar.getnames() if (held := tar.extractfile(name))}


def test_the_web_client_is_small(packages: list[Path]) -> None:
    """At most 8 KiB, compressed; and it imports nothing."""
    code = (ROOT / "resources" / "web" / "client.js").read_bytes()
    assert len(gzip.compress(code)) <= 8 * 1024
    assert not re.search(rb"^import ", code, re.MULTILINE)


def test_the_plugin_in_a_project_of_its_own(python_site: Path, tmp_path: Path) -> None:
    """Passes and fails as told, with the last rows in the report of what failed."""
    (tmp_path / "test_game.py").write_text(PYTEST_PROJECT)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rA",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "test_game.py",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(python_site), "AUTHWS_PROGRAM": shlex.join(program_here())},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    report = done.stdout.partition("test_that_fails")[2]
    assert "Rows that came closest" in report
    assert "the last 20 rows of the traffic" in report
    assert "a clue" in report.partition("the last 20 rows of the traffic")[2]


@pytest.mark.skipif(sys.platform == "win32", reason="the program is started by a shell script")
def test_the_npm_packages_in_a_project_of_their_own(node_project: Path) -> None:
    """Under Node's own test runner: four pass, and one fails with the rows."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this computer")
    (node_project / "game.test.js").write_text(NODE_PROJECT)
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", "game.test.js"],
        cwd=node_project,
        env={**os.environ, "AUTHWS_PROGRAM": str(node_project / "start.sh")},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert re.findall(r"^# (pass|fail) (\d+)", done.stdout, re.MULTILINE) == [("pass", "4"), ("fail", "1")], (
        done.stdout + done.stderr
    )
    report = done.stdout.partition("not ok")[2]
    assert "that fails" in report
    assert "the last 20 rows of the traffic" in report


def test_the_types_are_strict(node_project: Path) -> None:
    """What is right is taken, what is wrong is found."""
    right = """
import { Client, type Sent } from 'authws-client';
import { useAuthws } from 'authws-test';
declare const hook: (act: () => Promise<void>) => void;
const authws = useAuthws({ beforeAll: hook, afterAll: hook, beforeEach: hook, afterEach: hook });
export async function play(): Promise<Sent> {
  const client: Client = (await authws.user('ana')).client({ presence: 'delta' });
  client.on('message', ({ username, content }) => [username.length, content]);
  for await (const frame of client) if (frame.type === 'direct') frame.to.length;
  await authws.faults('all', { latencyMs: 200, seed: 1 });
  return client.send({ move: 'e4' });
}
"""
    (node_project / "right.ts").write_text(right)
    (node_project / "wrong.ts").write_text(right.replace("'delta'", "'sometimes'"))
    config = '{"compilerOptions": {"strict": true, "noEmit": true, "module": "nodenext", "target": "es2023", "types": []}, "files": ["%s"]}'
    for name, status in (("right.ts", 0), ("wrong.ts", 1)):
        (node_project / "tsconfig.json").write_text(config % name)
        done = run_tool("tsc", "--project", str(node_project))
        assert bool(done.returncode) == bool(status), done.stdout
