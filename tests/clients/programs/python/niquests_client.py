"""`niquests`, the successor of requests, whose WebSocket is urllib3-future's."""

import niquests
from walk import Closed, walk_blocking

session = niquests.Session()
session.trust_env = False


class Client:
    def __init__(self, answer: niquests.Response) -> None:
        self._socket = answer.extension
        self.subprotocol = answer.headers.get("Sec-WebSocket-Protocol")

    async def send(self, text: str) -> None:
        self._socket.send_payload(text)

    async def receive(self) -> str:
        got = self._socket.next_payload()
        if got is None:
            raise Closed(None)
        return got if isinstance(got, str) else got.decode()

    async def close(self) -> int | None:
        self._socket.close()  # It ends the connection without waiting for an answer.
        return None


async def connect(url: str, offered: list[str]) -> Client:
    headers = {"Sec-WebSocket-Protocol": ", ".join(offered)} if offered else None
    answer = session.get(url, headers=headers)
    if answer.status_code != 101:
        raise ConnectionError(f"{answer.status_code}: {answer.text}")
    return Client(answer)


walk_blocking(connect)
