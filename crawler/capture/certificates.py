"""TLS: HTTP/1.1 alone, certificates always checked, and what a faulty one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OpenSSL import SSL
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions, platformTrust
from twisted.python.failure import Failure
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

if TYPE_CHECKING:
    from OpenSSL.crypto import X509
    from twisted.protocols.tls import TLSMemoryBIOProtocol

LEGACY_SERVER_CONNECT = 0x4
"""SSL_OP_LEGACY_SERVER_CONNECT: servers without RFC 5746 are read, as browsers do."""

VERIFICATION_FAULTS = {
    9: "not yet valid",
    10: "expired",
    18: "self-signed",
    19: "self-signed certificate in the chain",
    20: "unknown issuer",
    21: "unknown issuer",
    22: "chain too long",
    23: "revoked",
    24: "issuer is no authority",
    26: "not meant for servers",
}
"""X509_V_ERR codes of OpenSSL (x509_vfy.h), in words."""


class CertificateRefusedError(Exception):
    """A certificate is faulty and the settings refuse such; the text says what is wrong with it."""


@implementer(IPolicyForHTTPS)
class CertificatePolicy:
    """Checks certificates against the system's authorities (or those of SSL_CERT_FILE, SSL_CERT_DIR)."""

    def __init__(self, *, refuse: bool) -> None:
        """Load the authorities, once for all connections.

        Args:
            refuse: a faulty certificate ends the connection; else the fault is told and the page fetched.
        """
        authorities = platformTrust()
        options = CertificateOptions(trustRoot=authorities, fixBrokenPeers=True)
        self._context: SSL.Context = options.getContext()
        self._context.set_options(LEGACY_SERVER_CONNECT)
        self._refuse = refuse

    def creatorForNetloc(self, hostname: bytes, port: int) -> _Connections:
        """Twisted's hook: what makes the connections to a host."""
        return _Connections(self._context, hostname.decode("ascii"), refuse=self._refuse)


FAULTS = "certificate_faults"
"""Attribute of a connection: the list of what was wrong with its peer's certificate."""


@implementer(IOpenSSLClientConnectionCreator)
class _Connections:
    def __init__(self, context: SSL.Context, host: str, *, refuse: bool) -> None:
        self._context = context
        self._host = host
        self._refuse = refuse

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Twisted's hook: a connection that checks its peer."""
        connection = SSL.Connection(self._context)
        connection.set_alpn_protos([b"http/1.1"])
        named = not (isIPAddress(self._host) or isIPv6Address(self._host))
        if named:  # RFC 6066, section 3: no address in SNI
            connection.set_tlsext_host_name(self._host.encode("ascii"))
        faults: list[str] = []
        # Not as its app data: behind a CONNECT, Twisted puts the transport there.
        setattr(connection, FAULTS, faults)

        def verify(_: SSL.Connection, certificate: X509, code: int, depth: int, ok: int) -> bool:
            if not ok:
                faults.append(VERIFICATION_FAULTS.get(code, f"not trusted (OpenSSL {code})"))
            elif depth == 0:
                faults.extend(_identity_faults(certificate, self._host, named=named))
            if faults and self._refuse:
                reason = Failure(CertificateRefusedError(told(faults)))
                tlsProtocol.failVerification(reason)
                return False
            return True

        connection.set_verify(SSL.VERIFY_PEER, verify)
        return connection


def _identity_faults(certificate: X509, host: str, *, named: bool) -> list[str]:
    try:
        wanted = DNS_ID(host) if named else IPAddress_ID(host)
        verify_service_identity(extract_patterns(certificate), [wanted], [])
    except (VerificationError, CertificateError, ValueError):
        return [f"not for {host}"]
    return []


def told(faults: list[str]) -> str:
    """The faults of a certificate, each once, in one line."""
    return "certificate " + ", ".join(dict.fromkeys(faults))


def certificate_fault(connection: object) -> str | None:
    """What was wrong with the certificate of a connection that `CertificatePolicy` made; None if nothing."""
    faults = getattr(connection, FAULTS, None) if isinstance(connection, SSL.Connection) else None
    return told(faults) if faults else None
