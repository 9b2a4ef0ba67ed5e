"""A name server on loopback that knows what it is told, over UDP and TCP.

    with Dnsd({"example.net": ["MX 10 mx.example.net."]}) as server: …   # server.address, server.asked

A name it was not told of is NXDOMAIN. `SILENT` as a name's records: it never answers for that name.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

#: no answer at all
SILENT: tuple[str, ...] = ("SILENT",)


class _Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, socket = self.request
        answer = _server(self).answer(wire, most=512)
        if answer is not None:
            socket.sendto(answer, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        length = int.from_bytes(self.rfile.read(2), "big")
        answer = _server(self).answer(self.rfile.read(length), most=65_535)
        if answer is not None:
            self.wfile.write(len(answer).to_bytes(2, "big") + answer)


class _UdpServer(socketserver.UDPServer):
    owner: Dnsd


class _TcpServer(socketserver.ThreadingTCPServer):
    owner: Dnsd
    daemon_threads = True


def _server(handler: socketserver.BaseRequestHandler) -> Dnsd:
    assert isinstance(handler.server, _UdpServer | _TcpServer)
    return handler.server.owner


def _pair() -> tuple[_UdpServer, _TcpServer]:
    """Both on one port: what is free for one may be taken for the other."""
    for _ in range(20):
        udp = _UdpServer(("127.0.0.1", 0), _Udp)
        try:
            return udp, _TcpServer(("127.0.0.1", int(udp.server_address[1])), _Tcp)
        except OSError:
            udp.server_close()
    raise OSError("no port is free for both")


class Dnsd:
    """The server, in threads of its own while the block lasts."""

    def __init__(self, records: Mapping[str, Sequence[str]]) -> None:
        self.records = records
        #: (name, type) in the order they were asked
        self.asked: list[tuple[str, str]] = []
        self._udp, self._tcp = _pair()
        self._udp.owner = self._tcp.owner = self
        self._threads = [
            threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.02})
            for each in (self._udp, self._tcp)
        ]

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self._udp.server_address[1])

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server, thread in zip((self._udp, self._tcp), self._threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, wire: bytes, *, most: int) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        told = self.records.get(name)
        if told == SILENT:
            return None
        reply = dns.message.make_response(query)
        if told is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        mine = [text.removeprefix(f"{kind} ") for text in told or () if text.startswith(f"{kind} ")]
        if mine:
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, mine))
        whole = reply.to_wire(max_size=65_535)
        room = max(most, query.payload)
        if len(whole) <= room:
            return whole
        reply.answer.clear()
        reply.flags |= dns.flags.TC
        return reply.to_wire()
