"""Which addresses are public."""

from __future__ import annotations

import pytest
from scrapy.exceptions import CannotResolveHostError

from crawler.capture.addresses import PrivateAddressError, is_public, refuse_private


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "::", "::1",
        "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_private(address: str) -> None:
    assert not is_public(address)


def test_what_is_no_address() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        is_public("localhost")


def test_a_host_of_private_addresses_alone_is_refused() -> None:
    with pytest.raises(PrivateAddressError, match=r"evil\.test is 127\.0\.0\.1, ::1, within"):
        refuse_private("evil.test", ["127.0.0.1", "::1"])
    with pytest.raises(CannotResolveHostError, match=r"nowhere\.test"):
        refuse_private("nowhere.test", [])
    refuse_private("news.test", ["fd00::1", "8.8.8.8"])  # the tap looks at the one that is connected to
