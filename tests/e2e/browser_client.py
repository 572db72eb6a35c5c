"""A browser page as client: plain `fetch` and `WebSocket` in real Chromium.

Usage: python browser_client.py HTTP_ADDRESS NAME PASSWORD PARTNER. Does what `foreign_client.cjs` does.
"""

from __future__ import annotations

import json
import shutil
import sys

from playwright.sync_api import sync_playwright

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]

PAGE = """
async ([username, password, partner]) => {
  const headers = {"Content-Type": "application/json"};
  const body = JSON.stringify({username, password});
  const answer = await fetch("/auth/register", {method: "POST", headers, body});
  const {token} = await answer.json();
  const seen = {types: [], greetings: [], delivered: null};
  const socket = new WebSocket(location.origin.replace("http", "ws"));
  const send = (message) => socket.send(JSON.stringify(message));
  let greeted = false;
  return await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("timed out: " + JSON.stringify(seen))), 30000);
    socket.onclose = () => resolve(seen);
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      seen.types.push(message.type);
      if (message.type === "connection") send({type: "authenticate", token});
      if (message.type === "user_list" && !greeted && message.users.some((user) => user.username === partner)) {
        greeted = true;
        send({type: "message", content: {text: "hello all from " + username}});
        send({type: "direct", to: partner, content: "hello " + partner, messageId: 1});
      }
      if (message.type === "message_delivered") seen.delivered = message.messageId;
      if (message.type === "direct" && message.username === partner) seen.greetings.push(message.content);
      if (seen.delivered && seen.greetings.length) setTimeout(() => socket.close(), 100);
    };
  });
}
"""


def main() -> int:
    """Run the client and print what it saw."""
    address, *who = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"), args=CHROMIUM_FLAGS
        )
        page = browser.new_page()
        page.goto(f"{address}/healthz")
        print(json.dumps(page.evaluate(PAGE, who)))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
