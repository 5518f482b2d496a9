"""Taking many datagrams out of a socket at once.

On Linux `recvmmsg` takes up to 128 datagrams in one system call. What matters is less the call than Python's
interpreter lock: `socket.recv` lets go of it for every datagram, and with one other busy thread each return
may wait 5 ms for it, so that a door next to a working service can lose half of 50,000 datagrams a second in
the kernel. The call here never waits (MSG_DONTWAIT), so it may keep the lock. Elsewhere plain `recv_into`
does the work.
"""

from __future__ import annotations

import ctypes
import socket
import sys
from typing import Protocol

_SLOT = 65_536  # the largest datagram there is, and the official daemon's buffer
_SLOTS = 128


class Receiver(Protocol):
    """Takes what a non-blocking socket holds."""

    def __call__(self) -> list[bytes]:
        """Return the datagrams that are there now, oldest first; empty when there are none."""


def open_receiver(sock: socket.socket) -> Receiver:
    """Choose the fastest way that the platform has to read a non-blocking UDP socket."""
    if sys.platform == "linux":
        try:
            return ManyAtOnce(sock)
        except (AttributeError, OSError):  # a C library without recvmmsg
            pass
    return OneByOne(sock)


class OneByOne:
    """Plain `recv_into`, on every platform."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray(_SLOT)
        self._view = memoryview(self._buffer)

    def __call__(self) -> list[bytes]:
        """Return at most 128 datagrams that are there now."""
        datagrams: list[bytes] = []
        receive, buffer, view = self._sock.recv_into, self._buffer, self._view
        try:
            while len(datagrams) < _SLOTS:
                size = receive(buffer)
                datagrams.append(bytes(view[:size]))
        except (BlockingIOError, ConnectionResetError):
            # Windows reports an earlier ICMP "port unreachable" as a reset; nothing is wrong here.
            pass
        return datagrams


class _IoVec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _MessageHeader(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    _fields_ = (("header", _MessageHeader), ("length", ctypes.c_uint))


class ManyAtOnce:
    """Linux's `recvmmsg` over 128 slots of 64 KiB, which the kernel touches only as far as they are used."""

    def __init__(self, sock: socket.socket) -> None:
        self._call = ctypes.PyDLL(None).recvmmsg
        self._call.restype = ctypes.c_int
        self._call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
        self._sock = sock
        self._buffer = bytearray(_SLOT * _SLOTS)
        self._view = memoryview(self._buffer)
        base = ctypes.addressof(ctypes.c_char.from_buffer(self._buffer))
        self._vectors = (_IoVec * _SLOTS)()
        self._messages = (_Message * _SLOTS)()
        vectors_at, step = ctypes.addressof(self._vectors), ctypes.sizeof(_IoVec)
        for slot in range(_SLOTS):
            self._vectors[slot].base = base + slot * _SLOT
            self._vectors[slot].length = _SLOT
            self._messages[slot].header.vectors = vectors_at + slot * step
            self._messages[slot].header.vector_count = 1
        self._address = ctypes.addressof(self._messages)
        # The lengths that the kernel writes, as a plain array: a ctypes attribute costs far more to read.
        word = ctypes.sizeof(ctypes.c_uint)
        first, stride = _Message.length.offset // word, ctypes.sizeof(_Message) // word
        self._lengths = memoryview(self._messages).cast("B").cast("I")[first::stride]

    def __call__(self) -> list[bytes]:
        """Return at most 128 datagrams that are there now."""
        count = self._call(self._sock.fileno(), self._address, _SLOTS, socket.MSG_DONTWAIT, None)
        if count <= 0:  # -1 is EAGAIN: nothing there (a closed socket also ends here, the door's loop sees it)
            return []
        view = self._view
        return [
            bytes(view[start : start + size])
            for start, size in zip(range(0, count * _SLOT, _SLOT), self._lengths[:count].tolist(), strict=True)
        ]
