"""Which pictures a model may be pointed to: https, listed hosts, and no trick gets around it."""

from __future__ import annotations

import pytest

from core.enrichment.prompts.images import MAX_IMAGES, image_addresses, is_allowed
from tests.unit.enrichment.enrichment_kit import T, attribute

HOSTS = ("cdn.example.com", "*.pictures.example.org", "xn--bcher-kva.example")

PASSING = [
    "https://cdn.example.com/a.jpg",
    "https://CDN.Example.com/a.jpg?w=100&h=2#top",
    "https://cdn.example.com:443/a.jpg",
    "https://a.pictures.example.org/b.png",
    "https://a.b.pictures.example.org/b%20c.png",
    "https://xn--bcher-kva.example/cover.png",
    "HTTPS://cdn.example.com/@a:b/../c.jpg",
]

HOSTILE = [
    # not https, or not a web address at all
    "http://cdn.example.com/a.jpg",
    "ftp://cdn.example.com/a.jpg",
    "//cdn.example.com/a.jpg",
    "cdn.example.com/a.jpg",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "https:cdn.example.com/a.jpg",
    "https:/cdn.example.com/a.jpg",
    "https:///cdn.example.com/a.jpg",
    " https://cdn.example.com/a.jpg",
    # hosts that are not listed, however alike
    "https://example.com/a.jpg",
    "https://cdn.example.com.evil.com/a.jpg",
    "https://cdn.example.come/a.jpg",
    "https://evil-cdn.example.com/a.jpg",
    "https://a.cdn.example.com/a.jpg",
    "https://pictures.example.org/a.jpg",
    "https://evilpictures.example.org/a.jpg",
    "https://evil.com/cdn.example.com/a.jpg",
    "https://evil.com?cdn.example.com",
    "https://evil.com#cdn.example.com",
    "https://evil.com\\cdn.example.com/a.jpg",
    "https://cdn.example.com\\@evil.com/a.jpg",
    "https://cdn。example。com/a.jpg",
    "https://ｃｄｎ.example.com/a.jpg",
    "https://bücher.example/cover.png",
    "https://xn--bcher-kvb.example/cover.png",
    # dots, user info, ports
    "https://cdn.example.com./a.jpg",
    "https://.cdn.example.com/a.jpg",
    "https://cdn..example.com/a.jpg",
    "https://user@cdn.example.com/a.jpg",
    "https://user:password@cdn.example.com/a.jpg",
    "https://cdn.example.com@evil.com/a.jpg",
    "https://cdn.example.com:password@evil.com/a.jpg",
    "https://@cdn.example.com/a.jpg",
    "https://cdn.example.com:8443/a.jpg",
    "https://cdn.example.com:80/a.jpg",
    "https://cdn.example.com:/a.jpg",
    "https://cdn.example.com:0443/a.jpg",
    "https://cdn.example.com:443:443/a.jpg",
    "https://cdn.example.com:99999/a.jpg",
    "https://cdn.example.com:x/a.jpg",
    # control characters and blanks that libraries drop
    "https://cdn.example.com/a\tb.jpg",
    "https://cdn.example.com/a\nb.jpg",
    "https://cdn.exa\tmple.com/a.jpg",
    "https://cdn.example.com\x00.evil.com/a.jpg",
    "https://cdn.example.com/a b.jpg",
    "https://cdn.example.com%2eevil.com/a.jpg",
    "https://cdn%2eexample%2ecom/a.jpg",
    "https://[cdn.example.com]/a.jpg",
    "https://cdn.example.com/" + "a" * 2048,
    "https://",
    "",
]

ADDRESSES_OF_MACHINES = [
    "https://127.0.0.1/a.jpg",
    "https://127.1/a.jpg",
    "https://2130706433/a.jpg",
    "https://0x7f000001/a.jpg",
    "https://0x7f.0.0.1/a.jpg",
    "https://0177.0.0.1/a.jpg",
    "https://0/a.jpg",
    "https://10.0.0.8/a.jpg",
    "https://192.168.1.1/a.jpg",
    "https://169.254.169.254/latest/meta-data",
    "https://169.254.170.2/v2/credentials",
    "https://0xa9fea9fe/latest/meta-data",
    "https://2852039166/latest/meta-data",
    "https://[::1]/a.jpg",
    "https://[::ffff:169.254.169.254]/a.jpg",
    "https://[fd00:ec2::254]/latest/meta-data",
    "https://[fe80::1%25eth0]/a.jpg",
    "https://8.8.8.8/a.jpg",
    "https://localhost/a.jpg",
    "https://metadata.google.internal/a.jpg",
    "https://instance-data.ec2.internal/a.jpg",
    "https://db.local/a.jpg",
    "https://app.localhost/a.jpg",
]


@pytest.mark.parametrize("address", PASSING)
def test_a_picture_at_a_listed_host_may_be_seen(address: str) -> None:
    assert is_allowed(address, HOSTS)


@pytest.mark.parametrize("address", HOSTILE)
def test_no_other_address_is_passed_on(address: str) -> None:
    assert not is_allowed(address, HOSTS)


@pytest.mark.parametrize("address", ADDRESSES_OF_MACHINES)
def test_no_address_of_a_machine_is_passed_on_even_if_listed(address: str) -> None:
    host = address.removeprefix("https://").split("/")[0]
    listed = (host, host.strip("[]"), f"*.{host.partition('.')[2]}", *HOSTS)

    assert not is_allowed(address, listed)


@pytest.mark.parametrize("wild", ["*", "*.", "*.com", "**.example.com", "*cdn.example.com", ""])
def test_a_listing_that_is_too_wide_lists_nothing(wild: str) -> None:
    assert not is_allowed("https://cdn.example.com/a.jpg", (wild,))


def test_only_pictures_of_image_attributes_are_passed_each_once_and_not_too_many() -> None:
    pictures = [attribute(f"Picture {n}", T.IMAGE) for n in range(8)]
    link = attribute("Link", T.URL)
    values: dict[str, object] = {
        f"Picture {n}": f"https://cdn.example.com/{n // 2}.jpg" for n in range(8)
    }
    values |= {"Link": "https://cdn.example.com/link.jpg", "Picture 0": None, "Picture 1": 5}

    passed = image_addresses(values, [link, *pictures], " CDN.example.com ,, ")

    assert passed == tuple(f"https://cdn.example.com/{n}.jpg" for n in (1, 2, 3))
    assert len(passed) <= MAX_IMAGES


def test_without_listed_hosts_no_picture_is_passed() -> None:
    picture = attribute("Picture", T.IMAGE)

    assert image_addresses({"Picture": "https://cdn.example.com/a.jpg"}, [picture], "") == ()
