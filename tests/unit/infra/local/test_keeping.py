"""What `KEEP=true` keeps, and what is lost without it."""

from infra.local.keeping import what_down_loses, what_was_lost


def test_what_a_restart_lost_is_said_with_the_way_to_keep_it() -> None:
    one, many = (what_was_lost(number, on_disk=False) for number in (1, 1200))

    assert one.startswith("The database knows 1 job of earlier runs. Its uploaded files")
    assert many.startswith("The database knows 1,200 jobs of earlier runs. Their uploaded files")
    assert "make up KEEP=true" in one


def test_files_that_are_only_not_in_use_are_not_said_to_be_gone() -> None:
    assert "are on disk, and not in use" in what_was_lost(2, on_disk=True)


def test_a_stop_says_what_it_loses() -> None:
    assert "are gone" in what_down_loses(keep=False)
    assert "are gone" not in what_down_loses(keep=True)
