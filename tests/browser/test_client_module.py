"""`/client.js` as a page of one's own uses it: imported from the server, on both browsers."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenPage, in_both_browsers
from tests.browser.program import PASSWORD, Program

pytestmark = [pytest.mark.browser, in_both_browsers]
TALK = """async ([name, password]) => {
  const { Client } = await import('/client.js');
  const client = new Client(location.origin, { username: name, password, app: 'page' });
  const heard = new Promise((resolve) => client.on('message', resolve));
  await client.start();
  const sent = await Promise.all([client.send({ text: 'one' }), client.send({ text: 'two' })]);
  const own = await client.direct(client.clientId, 'to myself');
  const refused = await client.direct('nobody at all', 1).catch((error) => error.code);
  const { id } = await heard;
  const states = [client.state];
  client.close();
  const closed = await client.send(1).catch((error) => error.code);
  return { ids: sent.map((each) => each.id), heard: id, recipients: own.recipients, refused, closed, states };
}"""


def test_a_page_talks_with_it(open_page: OpenPage, program: Program, browser_name: str) -> None:
    """It logs in, its messages have the server's ids, and errors have codes."""
    name = f"Pagina {browser_name}"
    program.post("/auth/register", {"username": name, "password": PASSWORD})
    page = open_page()
    found = page.evaluate(TALK, [name, PASSWORD])
    assert len(set(found["ids"])) == 2
    assert found["heard"] == found["ids"][0]
    assert (found["recipients"], found["states"]) == (1, ["online"])
    assert (found["refused"], found["closed"]) == ("INVALID_RECIPIENT", "CLOSED")
