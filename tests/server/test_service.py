"""Starting, stopping and changing a real server."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import websockets

from authws_desktop.errors import PortTaken, ServiceError
from authws_desktop.paths import DataPaths
from authws_desktop.server.listening import naming_origin
from authws_desktop.server.service import ServerState, Service
from authws_desktop.settings import load_settings
from authws_desktop.settings.file import read_saved
from authws_desktop.traffic.record import Kind
from tests.own_clients import (
    WAIT_S,
    HttpClient,
    Join,
    eventually,
    http_client,
    loaded,
    running_service,
    ws_client,
)
from tests.ports import free_port


async def test_states_are_announced_in_order(tmp_path: Path) -> None:
    """Starting, running, stopping, stopped; both may be called again."""
    service = Service(loaded(tmp_path), DataPaths.under(tmp_path), password_cost=4)
    seen: list[ServerState] = []
    service.observe(lambda: seen.append(service.state))
    await service.start()
    await service.start()
    assert service.location.http_url == f"http://127.0.0.1:{service.location.port}"
    assert service.location.ws_url == f"ws://127.0.0.1:{service.location.port}"
    await service.stop()
    await service.stop()
    await service.close()
    await service.close()
    assert [str(state) for state in seen] == ["starting", "running", "stopping", "stopped"]
    assert (service.location.port, service.started_at, service.location.urls) == (0, None, [])


async def test_stopping_tells_clients_to_come_back(service: Service, join: Join) -> None:
    """1001, for those that have not authenticated too; then the port is free."""
    ana, stranger, port = await join("ana"), await join(), service.location.port
    await service.stop()
    assert (await ana.expect_close())[0] == 1001
    assert (await stranger.expect_close())[0] == 1001
    assert not service.hub.clients
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_stopping_does_not_wait_for_a_client_that_does_not_answer(service: Service) -> None:
    """A peer that ignores the close is cut off after the stated time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"authDeadlineMs")
    async with asyncio.timeout(WAIT_S):
        await service.stop()
    writer.transport.abort()


async def test_it_starts_again_with_the_same_accounts(service: Service, join: Join, http: HttpClient) -> None:
    """A restart keeps accounts and tokens."""
    token = (await http.register("ana"))["token"]
    await service.stop()
    await service.start()
    async with ws_client(service) as client:
        await client.log_in(token)


async def test_a_taken_port_names_the_program_and_offers_another(tmp_path: Path) -> None:
    """The state is failed with the sentence, and start works once the port is free."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        service = Service(loaded(tmp_path).with_saved(_at(port)), DataPaths.under(tmp_path), password_cost=4)
        with pytest.raises(PortTaken) as caught:
            await service.start()
        assert (service.state, service.failure) == (ServerState.FAILED, caught.value)
        assert str(port) in str(caught.value)
        assert "process" in caught.value.owner
        assert caught.value.next_free > port
    await service.start()
    assert service.state is ServerState.RUNNING
    assert service.failure is None
    await service.close()


def _at(port: int, host: str = "127.0.0.1") -> Any:
    return msgspec.structs.replace(loaded(Path("none")).values, port=port, host=host)


async def test_an_address_that_is_not_ours_is_explained(tmp_path: Path) -> None:
    """A documentation address belongs to nobody."""
    service = Service(
        loaded(tmp_path).with_saved(_at(0, "192.0.2.1")), DataPaths.under(tmp_path), password_cost=4
    )
    with pytest.raises(ServiceError, match=r"192\.0\.2\.1 is not an address of this computer"):
        await service.start()
    await service.close()


def test_what_nobody_set_is_not_blamed(tmp_path: Path) -> None:
    """Where host and port come from is told if one of them was set, maybe for another program."""
    for environment, origin in (({}, ""), ({"PORT": "4000"}, "PORT (environment)")):
        settings = load_settings(
            tmp_path / "none.toml", environment=environment, dotenv_file=tmp_path / "none.env"
        )
        error = ServiceError("The port is taken.")
        with pytest.raises(ServiceError), naming_origin(settings):
            raise error
        assert (origin in error.origin) if origin else not error.origin


@pytest.mark.parametrize("hint", ["Stop that program.", "To stop it: kill 4312"])
def test_where_a_value_came_from_is_a_sentence_of_its_own(hint: str) -> None:
    """Also behind a command to be copied, which ends without a full stop."""
    error = ServiceError(hint)
    assert str(error) == hint
    error.origin = "The port comes from PORT (environment)."
    assert str(error) == f"{hint.removesuffix('.')}. The port comes from PORT (environment)."


async def test_a_change_saves_what_it_names(service: Service) -> None:
    """And leaves the other settings as they are."""
    before = service.settings.saved
    await service.change(max_clients=100)
    assert service.settings.saved == msgspec.structs.replace(before, max_clients=100)


async def test_a_change_of_port_keeps_everyone(service: Service, join: Join) -> None:
    """Connections stay, newcomers use the new port, and the change is saved."""
    ana, old_port = await join("ana"), service.location.port
    new_port = free_port()
    new = msgspec.structs.replace(service.settings.saved, port=new_port)
    assert service.connections_ended_by(new) == 0
    await service.apply(new)
    assert service.location.port == new_port
    await ana.send({"type": "message", "content": 1})
    await ana.expect("message")
    async with ws_client(service) as client:
        assert client.client_id
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", old_port)
    assert read_saved(service.paths.settings_file).port == new_port


async def test_a_change_that_fails_leaves_all_as_it_was(service: Service, join: Join) -> None:
    """The old port listens again and nothing is saved."""
    ana, port = await join("ana"), service.location.port
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(PortTaken):
            await service.apply(msgspec.structs.replace(service.settings.saved, port=taken))
    assert (service.location.port, service.state) == (port, ServerState.RUNNING)
    assert not service.paths.settings_file.exists()
    await ana.send({"type": "message", "content": 1})
    await ana.expect("message")
    async with ws_client(service) as client:
        assert client.client_id


async def test_going_public_and_back_counts_whom_it_ends(service: Service, join: Join) -> None:
    """Widening ends nobody."""
    await join("ana")
    wide = msgspec.structs.replace(service.settings.saved, host="0.0.0.0", port=service.location.port)
    assert service.connections_ended_by(wide) == 0
    await service.apply(wide)
    assert service.location.urls[-1] == f"http://localhost:{service.location.port}"
    assert service.hub.authenticated_count == 1
    narrow = msgspec.structs.replace(wide, host="127.0.0.1")
    assert service.connections_ended_by(narrow) == 0
    await service.apply(narrow)
    assert service.hub.authenticated_count == 1


async def test_limits_take_effect_on_open_connections(service: Service, join: Join) -> None:
    """No restart, nobody disconnected."""
    ana = await join("ana")
    await service.apply(
        msgspec.structs.replace(service.settings.saved, max_message_bytes=1024, traffic_max_records=100)
    )
    await ana.send({"type": "message", "content": "x" * 2000})
    assert (await ana.expect_close())[0] == 1009
    assert len(service.traffic) <= 100


async def test_settings_that_cannot_be_saved_are_not_applied(service: Service, tmp_path: Path) -> None:
    """A folder in place of the file stands for a disk that refuses."""
    service.paths.settings_file.mkdir()
    (service.paths.settings_file / "x").touch()
    with pytest.raises(ServiceError, match="cannot be saved"):
        await service.apply(msgspec.structs.replace(service.settings.saved, token_life_s=60))
    assert service.settings.values.token_life_s == 86_400


async def test_rotating_the_secret_keeping_people(service: Service, join: Join, http: HttpClient) -> None:
    """Connections stay and old tokens stay valid."""
    ana = await join("ana")
    token = (await http.register("ben"))["token"]
    before = service.keys.secret_text()
    await service.rotate_secret(keep_connected=True)
    assert service.keys.secret_text() != before
    assert (await http.get("/auth/me", token))[0] == 200
    await ana.send({"type": "message", "content": 1})
    await ana.expect("message")


async def test_rotating_the_secret_disconnecting_everyone(
    service: Service, join: Join, http: HttpClient
) -> None:
    """4010, and old tokens are refused."""
    token = (await http.register("ben"))["token"]
    ana = await join("ana")
    await service.rotate_secret(keep_connected=False)
    assert (await ana.expect_close())[0] == 4010
    assert (await http.get("/auth/me", token))[0] == 401
    await http.login("ben")


async def test_the_host_disconnects_a_client(service: Service, join: Join) -> None:
    """4005 with its text; it is gone from the list at once."""
    ana, ben = await join("ana"), await join("ben")
    assert service.moderation.disconnect([ana.client_id]) == 1
    assert await ana.expect_close() == (4005, "disconnected by the host")
    await ben.expect_users("ben")
    assert service.moderation.disconnect([ana.client_id]) == 0


async def test_another_process_s_changes_are_followed(service: Service, join: Join, http: HttpClient) -> None:
    """A second set of accounts on the same file stands for the command line."""
    user = (await http.register("ana"))["user"]
    client = await join()
    await client.log_in((await http.login("ana"))["token"])
    other = Service(service.settings, service.paths, password_cost=4)
    await other.open()
    await other.accounts.administration.set_disabled(user["id"], True)
    assert (await client.expect_close())[0] == 4004
    await other.accounts.administration.create("carl", "some password")
    await eventually(lambda: service.accounts.find("carl") is not None)
    dan = await join("dan")
    await other.rotate_secret(keep_connected=False)
    assert (await dan.expect_close())[0] == 4010
    await other.close()


async def test_localhost_means_both_families(tmp_path: Path) -> None:
    """Browsers may try ::1 first."""
    async with running_service(tmp_path) as service:
        await service.apply(
            msgspec.structs.replace(service.settings.saved, host="localhost", port=free_port())
        )
        for host in ("127.0.0.1", "[::1]") if socket.has_ipv6 and _has_ipv6_loopback() else ("127.0.0.1",):
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://{host}:{service.location.port}/healthz") as got,
            ):
                assert got.status == 200


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_the_life_of_the_server_is_in_the_traffic(tmp_path: Path) -> None:
    """Started and stopped are rows of the timeline."""
    async with running_service(tmp_path) as service:
        async with http_client(service) as http:
            await http.register("ana")
        await service.stop()
        kinds = [record.kind for record in service.traffic.after(0)]
    assert kinds == [Kind.SERVER, Kind.HTTP, Kind.SERVER]


async def test_a_broken_database_fails_with_a_sentence(tmp_path: Path) -> None:
    """The file is left alone, and the state says why."""
    paths = DataPaths.under(tmp_path)
    paths.database_file.write_bytes(b"this is no database" * 100)
    service = Service(loaded(tmp_path), paths, password_cost=4)
    with pytest.raises(Exception, match=r"accounts\.db"):
        await service.start()
    assert service.state is ServerState.FAILED
    await service.close()
    assert paths.database_file.read_bytes() == b"this is no database" * 100


async def test_a_login_storm_leaves_the_loop_free(service: Service, http: HttpClient) -> None:
    """While passwords are hashed, a WebSocket client is answered."""
    await http.register("ana")
    async with asyncio.TaskGroup() as group:
        jobs = [group.create_task(http.login("ana")) for _ in range(20)]
        async with websockets.connect(f"ws://127.0.0.1:{service.location.port}", proxy=None) as socket_:
            await socket_.recv()
    assert all(job.result()["token"] for job in jobs)
