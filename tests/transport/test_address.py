"""Where this node may connect for a partner."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from comity.errors import DeliveryError
from comity.transport.address import permitted, resolve

PUBLIC = ("8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8")
PRIVATE = (
    "10.0.0.1",
    "172.16.1.1",
    "192.168.1.1",
    "127.0.0.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "100.64.0.1",
)
NEVER = (
    "0.0.0.0",  # noqa: S104
    "255.255.255.255",
    "224.0.0.1",
    "169.254.169.254",
    "::",
    "fe80::1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses(text: str) -> None:
    assert permitted(ip_address(text), allow_private=False)


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_only_where_allowed(text: str) -> None:
    assert not permitted(ip_address(text), allow_private=False)
    assert permitted(ip_address(text), allow_private=True)


@pytest.mark.parametrize("text", NEVER)
def test_addresses_that_are_never_a_partners(text: str) -> None:
    assert not permitted(ip_address(text), allow_private=False)
    assert not permitted(ip_address(text), allow_private=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "::1", "127.1"])
def test_ways_to_write_loopback(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_the_system_reads_it(name: str, *_: Any, **__: Any) -> list[Any]:
        if ":" in name:
            return [(socket.AF_INET6, 1, 6, "", (name, 443, 0, 0))]
        numeric = "127.0.0.1" if name == "localhost" else socket.inet_ntoa(socket.inet_aton(name))
        return [(socket.AF_INET, 1, 6, "", (numeric, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", as_the_system_reads_it)
    with pytest.raises(DeliveryError, match=r"delivery\.address"):
        resolve(host, 443, allow_private=False)


def test_one_forbidden_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", ("8.8.8.8", 443)), (socket.AF_INET, 1, 6, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(DeliveryError, match=r"delivery\.address"):
        resolve("rebinding.example", 443, allow_private=False)


def test_an_unknown_name_may_be_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", none)
    with pytest.raises(DeliveryError, match=r"delivery\.name") as caught:
        resolve("nowhere.example", 443, allow_private=True)
    assert caught.value.retryable
