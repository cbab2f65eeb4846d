"""Variables of make, which reach a command through the environment."""

from __future__ import annotations

from collections.abc import Mapping


def is_set(environment: Mapping[str, str], name: str) -> bool:
    """`YES=1` and the like; not `YES=`, `YES=0`, `YES=no`, `YES=false`."""
    return environment.get(name, "").strip().lower() not in ("", "0", "false", "no")
