"""Which addresses a crawler may reach: the public ones, and those of hosts that the user named.

A page, a feed or a redirect may name any host, also one of the network that the crawler runs in, and any
public name may resolve to such an address. So it is the resolved address that counts.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses within IPv6 (RFC 6052, section 2.1): the last four bytes."""


class PrivateAddressError(IgnoreRequest):
    """The host is within a private network, and nobody named it; Scrapy does not try it again."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet (the registries of RFC 6890).

    Loopback, private, link-local, shared (RFC 6598), documentation, multicast and unspecified ones do not,
    nor do IPv6 addresses that carry such an IPv4 address.

    Raises:
        ValueError: it is no IP address.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        carried = parsed.ipv4_mapped or parsed.sixtofour
        if carried is None and parsed in NAT64:
            carried = ipaddress.IPv4Address(parsed.packed[-4:])
        if carried is not None:
            parsed = carried
    return parsed.is_global and not parsed.is_multicast


@implementer(IResolutionReceiver)
class _Addresses:
    """Collects what a name resolves to."""

    def __init__(self) -> None:
        self.done: Deferred[list[str]] = Deferred()
        self._found: list[str] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """Nothing to do; the interface asks for it."""

    def addressResolved(self, address: IAddress) -> None:
        """One more."""
        self._found.append(str(getattr(address, "host", "")))

    def resolutionComplete(self) -> None:
        """That was all; none if the name does not resolve."""
        if not self.done.called:  # it may have been given up
            self.done.callback(self._found)


def resolve(resolver: IHostnameResolver, host: str) -> Deferred[list[str]]:
    """The addresses of a host, by the resolver that the connection will use.

    Raises:
        CannotResolveHostError: no name can be like that. (Twisted's own resolver never answers for one.)
    """
    try:
        return succeed([ipaddress.ip_address(host).compressed])
    except ValueError:
        pass  # a name, then
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise CannotResolveHostError(f"{host}: {error}") from error
    receiver = _Addresses()
    # Twisted's stub of the interface counts the instance among its arguments.
    resolver.resolveHostName(receiver, host)  # type: ignore[arg-type]
    return receiver.done


def refuse_private(host: str, addresses: list[str]) -> None:
    """Check what a host resolved to.

    Raises:
        CannotResolveHostError: to nothing.
        PrivateAddressError: to no public address.
    """
    if not addresses:
        raise CannotResolveHostError(f"{host} has no address")
    if not any(is_public(address) for address in addresses):
        raise PrivateAddressError(
            f"{host} is {', '.join(addresses)}, within a private network, and was not named by you"
        )
