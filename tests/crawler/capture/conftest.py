"""A server that keeps each byte it received and sent, and a real Scrapy crawl in a process of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archive.warc.reader import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.records import Exchange

SCRIPT = Path(__file__).with_name("crawl_script.py")
RESET = "reset"
CLOSE = "close"
HOLD = "hold"
"""Wait until the client goes away."""

Action = bytes | float | str


@dataclass(slots=True)
class Served:
    """One request that came, and what was sent back."""

    request: bytes
    sent: bytes = b""
    connection: int = 0


@dataclass(slots=True)
class Peer:
    """A raw HTTP server; what it sends for a path is a list of bytes, pauses (s) and endings."""

    tls: ssl.SSLContext | None = None
    pages: dict[str, list[Action]] = field(default_factory=dict)
    log: list[Served] = field(default_factory=list)
    connects: list[bytes] = field(default_factory=list)
    connections: int = 0
    alpn: list[str | None] = field(default_factory=list)
    port: int = 0
    _socket: socket.socket | None = None
    _thread: threading.Thread | None = None
    _stopping: bool = False

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{path}"

    def served(self, path: str) -> list[Served]:
        return [one for one in self.log if one.request.split(b" ")[1].decode().endswith(path)]

    def start(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, args=(self._socket,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port; who is connected stays so."""
        self._stopping = True
        if self._thread is not None:
            self._thread.join()

    def _accept(self, listening: socket.socket) -> None:
        with listening:
            while not self._stopping:
                if not select.select([listening], [], [], 0.05)[0]:
                    continue
                self.connections += 1
                connection, _ = listening.accept()
                threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            if self.tls is not None and not self.pages.get("CONNECT"):
                connection = self._secure(connection)
            while self._answer(connection, number):
                pass
        except (OSError, ssl.SSLError):
            pass  # the client went away, as some tests want it to
        finally:
            connection.close()

    def _secure(self, connection: socket.socket) -> ssl.SSLSocket:
        assert self.tls is not None
        secured = self.tls.wrap_socket(connection, server_side=True)
        self.alpn.append(secured.selected_alpn_protocol())
        return secured

    def _answer(self, connection: socket.socket, number: int) -> bool:
        request = _read_request(connection)
        if not request:
            return False
        if request.startswith(b"CONNECT "):
            self.connects.append(request)
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with self._secure(connection) as secured:
                while self._answer(secured, number):
                    pass
            return False
        served = Served(request, connection=number)
        self.log.append(served)
        target = request.split(b" ")[1].decode()
        path = "/" + target.split("/", 3)[3] if target.startswith("http") else target
        return all(_act(action, connection, served) for action in self.pages[path])


def _read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        piece = connection.recv(65536)
        if not piece:
            return b""
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _act(action: Action, connection: socket.socket, served: Served) -> bool:
    """Do one thing; returns whether the connection is still there."""
    if isinstance(action, bytes):
        connection.sendall(action)
        served.sent += action
    elif isinstance(action, float):
        time.sleep(action)
    elif action == HOLD:
        while connection.recv(65536):
            pass
        return False
    else:
        if action == RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        return False
    return True


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a crawl captured, and what became of each request."""

    exchanges: list[Exchange]
    outcomes: list[dict[str, Any]]
    log: str

    def of(self, path: str) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if exchange.url.endswith(path)]

    def outcome(self, path: str) -> dict[str, Any]:
        [found] = [row for row in self.outcomes if row["url"].endswith(path)]
        return found


@pytest.fixture
def crawl(tmp_path: Path) -> Callable[..., Crawled]:
    """Crawl URLs, or requests as keyword arguments of Scrapy's Request, one after the other."""

    def run(
        *requests: str | dict[str, Any],
        environment: dict[str, str] | None = None,
        interrupts: tuple[float, ...] = (),
        **settings: Any,
    ) -> Crawled:
        folder = tmp_path / f"crawl-{time.monotonic_ns()}"
        order = {
            "requests": [{"url": one} if isinstance(one, str) else one for one in requests],
            "settings": settings,
            "folder": str(folder),
        }
        running = subprocess.Popen(
            [sys.executable, "-W", "error::DeprecationWarning:crawler", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        assert running.stdin is not None
        running.stdin.write(json.dumps(order))
        running.stdin.close()
        running.stdin = None
        for seconds in interrupts:
            time.sleep(seconds)
            running.send_signal(signal.SIGINT)
        try:
            out, err = running.communicate(timeout=120)
        finally:
            running.kill()
        assert running.returncode == 0, err
        exchanges = [exchange for path in sorted(folder.glob("*.gz")) for _, exchange in scan(path)]
        return Crawled(exchanges, [json.loads(line) for line in out.splitlines()], err)

    return run


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A raw server over plain TCP."""
    server = Peer()
    server.start()
    yield server
    server.stop()


@dataclass(frozen=True, slots=True)
class Certificates:
    """A server's TLS context, and the file of the authority that signed its certificate."""

    context: ssl.SSLContext
    authority: Path


@pytest.fixture
def certificates(tmp_path: Path) -> Callable[..., Certificates]:
    """Makes a certificate: by default sound, for 127.0.0.1 and localhost, by an authority of its own."""

    def make(host: str = "localhost", *, valid_days: int = 10) -> Certificates:
        authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        issuer = _name("warraq tests")
        authority = (
            _unsigned(issuer, issuer, authority_key.public_key(), 30)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(authority_key, hashes.SHA256())
        )
        names = (
            [x509.DNSName(host)]
            if host != "localhost"
            else [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
        )
        leaf = (
            _unsigned(_name(host), issuer, key.public_key(), valid_days)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(authority_key, hashes.SHA256())
        )
        chain, trusted = (
            tmp_path / f"{host}-{valid_days}.pem",
            tmp_path / f"{host}-{valid_days}-authority.pem",
        )
        pem = serialization.Encoding.PEM
        chain.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + leaf.public_bytes(pem)
        )
        trusted.write_bytes(authority.public_bytes(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["h2", "http/1.1"])
        context.load_cert_chain(chain)
        return Certificates(context, trusted)

    return make


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=40))
        .not_valid_after(now + timedelta(days=days))
    )


@pytest.fixture
def tls_peer(certificates: Callable[..., Certificates]) -> Iterator[Callable[..., tuple[Peer, Path]]]:
    """Starts raw servers over TLS; gives each with the file of its authority."""
    started: list[Peer] = []

    def start(host: str = "localhost", *, valid_days: int = 10) -> tuple[Peer, Path]:
        made = certificates(host, valid_days=valid_days)
        server = Peer(tls=made.context)
        server.start()
        started.append(server)
        return server, made.authority

    yield start
    for server in started:
        server.stop()


@pytest.fixture(params=["http", "tls"])
def either_peer(request: pytest.FixtureRequest) -> Peer:
    """A raw server over plain TCP, and once more over TLS."""
    if request.param == "http":
        plain: Peer = request.getfixturevalue("peer")
        return plain
    secure: Peer = request.getfixturevalue("tls_peer")()[0]
    return secure
