"""Frames between processes, and private Unix sockets."""

from __future__ import annotations

import os
import socket
import stat
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.transport.frames import FrameError, receive_frame, send_frame
from comity.transport.unix import connect_private, listen_private


@given(
    st.lists(st.binary(max_size=3000), max_size=6),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
def test_frames_arrive_as_they_were_sent(blobs: list[bytes], head: dict[str, int]) -> None:
    here, there = socket.socketpair()
    with here, there:
        send_frame(here, head, blobs)
        send_frame(here, {"second": 1})
        assert receive_frame(there) == (head, blobs)
        assert receive_frame(there) == ({"second": 1}, [])
        here.close()
        assert receive_frame(there) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"\x00\x00",
        b"\x00\x00\x00\x09abc",
        b"\xff\xff\xff\xff",
        struct.pack(">II", 6, 2) + b"[]",
        struct.pack(">II", 5, 1) + b"{",
        struct.pack(">II", 4, 99),
        struct.pack(">I", 2) + b"ab",
        struct.pack(">I", 0),
    ],
)
def test_cut_and_malformed_frames(octets: bytes) -> None:
    here, there = socket.socketpair()
    with here, there:
        here.sendall(octets)
        here.shutdown(socket.SHUT_WR)
        with pytest.raises(FrameError):
            receive_frame(there)


@pytest.mark.parametrize("depth", [1, 12])
def test_sockets_are_private_and_reached_under_long_paths(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["a-rather-long-folder"] * depth)
    folder.mkdir(parents=True)
    path = folder / "keys.sock"
    for _ in range(2):
        with listen_private(path) as listener:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            with connect_private(path, 5) as connection:
                other, _ = listener.accept()
                with other:
                    other.sendall(b"hello")
                    assert connection.recv(5) == b"hello"
    path.unlink()
    with pytest.raises(FileNotFoundError):
        connect_private(path, 5)
    assert not [name for name in os.listdir("/proc/self/fd") if "long" in name]
