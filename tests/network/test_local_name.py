"""The name in the local network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from zeroconf import NonUniqueNameException, ServiceInfo

from authws_desktop.network.adapters import Adapter
from authws_desktop.network.addresses import addresses_reached
from authws_desktop.network.local_name import LocalName
from authws_desktop.settings import SettingsError, check_value
from tests.own_clients import eventually, http_client, running_service


class Network:
    """A network that remembers what is announced in it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.announced: list[ServiceInfo] = []
        self.open = 0

    def __call__(self) -> Network:
        self.open += 1
        return self

    def register_service(self, info: ServiceInfo) -> None:
        if self.error is not None:
            raise self.error
        self.announced.append(info)

    def close(self) -> None:
        self.open -= 1


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
async def name(network: Network) -> AsyncIterator[LocalName]:
    made = LocalName(network)
    yield made
    await made.end()
    assert network.open == 0


async def test_a_name_is_announced_for_the_adapters(name: LocalName, network: Network) -> None:
    """As a web server of that port, by IPv4; the same again is no news; another replaces it."""
    for _ in range(2):
        await name.show("club", 4000, ["192.168.1.20", "127.0.0.1", "localhost", "2001:db8::1"])
    (info,) = network.announced
    assert (info.server, info.port) == ("club.local.", 4000)
    assert info.parsed_addresses() == ["192.168.1.20"]
    assert name.host == "club.local"
    await name.show("club", 4001, ["192.168.1.20"])
    assert (len(network.announced), network.open) == (2, 1)
    await name.hide()
    await name.hide()
    assert (name.host, network.open) == ("", 0)


@pytest.mark.parametrize("hosts", [[], ["localhost"], ["127.0.0.1", "::1"]])
async def test_loopback_is_never_announced(name: LocalName, network: Network, hosts: list[str]) -> None:
    """This computer alone needs no name in the network."""
    await name.show("club", 4000, hosts)
    assert (name.host, network.announced, network.open) == ("", [], 0)


@pytest.mark.parametrize("error", [NonUniqueNameException(), OSError(19, "No such device")])
async def test_it_is_never_needed(network: Network, name: LocalName, error: Exception) -> None:
    """A name that somebody else has, or a network without multicast: no name, and no error."""
    network.error = error
    await name.show("club", 4000, ["192.168.1.20"])
    assert (name.host, network.open) == ("", 0)


async def test_it_follows_what_is_wanted(
    name: LocalName, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another network, another announcement."""
    monkeypatch.setattr("authws_desktop.network.local_name.LOOK_EVERY_S", 0.01)
    hosts = ["192.168.1.20"]
    name.follow(lambda: ("club", 4000, hosts))
    await eventually(lambda: name.host)
    hosts[:] = ["10.0.0.7"]
    await eventually(lambda: len(network.announced) == 2)
    assert network.announced[1].parsed_addresses() == ["10.0.0.7"]


async def test_on_a_server(tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is in the list of addresses, clients may use it, and stopping takes it back."""
    lan = [Adapter("wlan0", "192.168.1.20", False)]
    monkeypatch.setattr("authws_desktop.network.addresses.rank_adapters", lambda: lan)
    monkeypatch.setattr("authws_desktop.network.local_name.LOOK_EVERY_S", 0.01)
    async with running_service(tmp_path, local_name="club") as service:
        monkeypatch.setattr(service.location._name, "_new_announcer", network)
        assert service.location._name.host == ""
        await service.apply(msgspec.structs.replace(service.settings.saved, host="0.0.0.0"))
        await eventually(lambda: service.location._name.host)
        hosts = [address.host for address in service.location.addresses]
        assert hosts == ["192.168.1.20", "club.local", "localhost"]
        async with http_client(service) as http:
            assert (await http.get("/healthz", headers={"Host": f"club.local:{service.location.port}"}))[
                0
            ] == 200
            assert (await http.get("/healthz", headers={"Host": "other.local"}))[0] == 421
        await service.stop()
        assert (service.location._name.host, network.open) == ("", 0)


def test_the_name_of_one_adapter_and_of_none() -> None:
    """It follows any address that others reach, and never loopback."""
    assert [each.host for each in addresses_reached("203.0.113.5", local_name="club.local")] == [
        "203.0.113.5",
        "club.local",
    ]
    assert [each.host for each in addresses_reached("localhost", local_name="club.local")] == ["localhost"]


@pytest.mark.parametrize("value", ["club", "my-club-2", "a", ""])
def test_names_that_are_taken(value: str) -> None:
    """Letters, digits, hyphens; none is allowed."""
    check_value("local_name", value, "Name")


@pytest.mark.parametrize("value", ["my club", "-club", "club-", "club.local", "clüb", "x" * 64])
def test_names_that_are_refused(value: str) -> None:
    """In words."""
    with pytest.raises(SettingsError, match="Name"):
        check_value("local_name", value, "Name")
