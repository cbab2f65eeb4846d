"""The faults of value steps that are found before a file is read."""

from typing import Any

import pytest

from core.imports.reading_options import option_faults
from core.imports.steps.rules import STEPS_MAX_BYTES
from core.schemas import field_faults


def faults_of(*steps: Any, locale: Any = "auto") -> str:
    given = {"valueSteps": list(steps), "locale": locale}
    return " ".join(fault.message for fault in option_faults({"options": given}))


def color(step: str, **more: Any) -> dict[str, Any]:
    return {"attribute": "Color", "step": step, **more}


@pytest.mark.parametrize(
    "step",
    [
        color("remove", prefix="x"),
        color("add", suffix="x", prefix=None),
        color("replace", text=" "),
        color("replace", text=".*", by="$1"),
        color("synonym", words=["a"], means="b"),
        color("convert", unit="fl oz", system="us", decimals=0),
        color("convert"),
        color("upper_case"),
    ],
)
def test_steps_that_are_right(step: dict[str, Any]) -> None:
    assert not field_faults("reading-options", {"valueSteps": [step]})
    assert not faults_of(step)


@pytest.mark.parametrize(
    "step",
    [
        {"attribute": "Color"},
        color("regex", text="(a+)+"),
        color("replace", pattern="a"),
        color("synonym", words=[], means="b"),
        color("convert", decimals=13),
        color("convert", system="metric"),
        "upper_case",
    ],
)
def test_the_schema_refuses(step: Any) -> None:
    assert field_faults("reading-options", {"valueSteps": [step]})


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([color("remove")], "The step “remove” needs a “prefix” or a “suffix”."),
        ([color("remove", prefix=" ")], "is blank"),
        ([color("replace")], "The step “replace” needs “text”."),
        ([color("upper_case", text="x")], "The step “upper_case” has no “text”."),
        ([color("synonym", words=["a"])], "The step “synonym” needs “means”."),
        ([color("synonym", words=[" "], means="b")], "A word of the step “synonym” is blank."),
        ([color("synonym", words=["a"], means=" ")], "“means” of the step “synonym” is blank."),
        (
            [color("synonym", words=["a"], means="b"), color("synonym", words=["A "], means="c")],
            "Steps 1 and 2 of “valueSteps” give the word “A” two meanings: “b” and “c”.",
        ),
        ([color("convert", unit="pcs")], "“pcs” is no unit that is converted to."),
        ([color("convert", unit="gal")], "“gal” is a US and an imperial unit; set “system”"),
        ([color("convert"), color("convert")], "Step 2 of “valueSteps” comes after"),
        ([color("convert"), color("remove", prefix="x")], "“convert” is the last step"),
        ([color("upper_case")] * (STEPS_MAX_BYTES // 30), "must not be longer than 65,536 bytes"),
    ],
)
def test_what_no_schema_can_express(steps: list[Any], says: str) -> None:
    assert says in faults_of(*steps)


def test_units_are_converted_only_with_a_locale() -> None:
    assert "“convert” needs a “locale”" in faults_of(color("convert"), locale=None)


def test_steps_of_any_shape_are_no_crash() -> None:
    steps: list[Any] = [{"step": ["convert"]}, {"step": "convert", "unit": 5}, {}, None]
    shapes: tuple[Any, ...] = (None, 5, {}, steps)
    for shape in shapes:
        option_faults({"options": {"valueSteps": shape}})
