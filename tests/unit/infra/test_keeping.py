from infra.local.keeping import what_was_lost


def test_what_a_restart_lost_is_said_with_the_way_to_keep_it() -> None:
    one, many = what_was_lost(1), what_was_lost(1200)

    assert one.startswith("The database knows 1 job of earlier runs. Its uploaded files")
    assert many.startswith("The database knows 1,200 jobs of earlier runs. Their uploaded files")
    assert "make up KEEP=true" in one
