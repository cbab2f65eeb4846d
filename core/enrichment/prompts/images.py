"""Chooses the image addresses of a product that may be passed to a model.

The provider fetches the images from its own network; this code fetches nothing. Even so, an address
is passed on only if it is https at a host that the operator listed. So product data cannot make the
provider call any other address, such as a private one or a tracker.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from core.attributes.definitions import AttributeDefinition, AttributeType

MAX_IMAGES = 4
"""The most images of one product: each costs some hundred to a thousand tokens."""

MAX_URL_CHARACTERS = 2_048

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
"""A name with a top-level domain that begins with a letter. This excludes IP addresses in any
spelling (decimal, hex, octal, short, IPv6) and bare names such as `localhost`. International names
are listed and compared as `xn--…`."""

_PLAIN = re.compile(r"[!-\[\]-~]+")
"""Visible ASCII without the backslash, which browsers and libraries interpret differently."""

_INTERNAL_SUFFIXES = (".internal", ".local", ".localhost", ".localdomain", ".home.arpa", ".lan")
"""Names of private networks and of the clouds' metadata services; never passed on, even if
listed."""


def image_addresses(
    values: Mapping[str, Any], definitions: Sequence[AttributeDefinition], allowed_hosts: str
) -> tuple[str, ...]:
    """The allowed addresses in the product's image attributes, in order and without duplicates, at
    most `MAX_IMAGES`. `allowed_hosts` is the setting `enrichment_image_hosts`."""
    hosts = tuple(h.strip().casefold() for h in allowed_hosts.split(",") if h.strip())
    addresses = (
        values[d.name]
        for d in definitions
        if d.type is AttributeType.IMAGE and isinstance(values.get(d.name), str)
    )
    allowed = dict.fromkeys(address for address in addresses if is_allowed(address, hosts))
    return tuple(allowed)[:MAX_IMAGES]


def is_allowed(address: str, hosts: Sequence[str]) -> bool:
    """Is it https, at a listed host and the default port, without user info or unusual characters?
    `hosts` are names in lower case; `*.example.com` means all names under example.com."""
    if len(address) > MAX_URL_CHARACTERS or not _PLAIN.fullmatch(address):
        return False
    if not address.lower().startswith("https://"):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    # compared exactly as written, which excludes user info, brackets, and a dot at the end
    host = parts.netloc.lower().removesuffix(":443") if port == 443 else parts.netloc.lower()
    if not _HOST.fullmatch(host) or host.endswith(_INTERNAL_SUFFIXES):
        return False
    return any(_is_at(host, listed) for listed in hosts)


def _is_at(host: str, listed: str) -> bool:
    if listed.startswith("*."):
        return listed.count(".") >= 2 and host.endswith(listed[1:])
    return host == listed
