"""Which numbers of identity cards are taken."""

from datetime import date

import pytest

from app.services.id_numbers import compact, is_id_number

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize("number", ["11010519491231002X", "441302198504141017", "441302195504141013"])
def test_a_right_number_is_taken_whenever_its_county_got_the_code(number):
    assert is_id_number(number, TODAY)


@pytest.mark.parametrize(
    "number",
    [
        "441302198504141018",  # check digit
        "441302198502301013",  # no such day
        "441302209904141017",  # not born yet
        "44130219850414101",  # too short
        "",
        "４41302198504141017",  # wide digit
    ],
)
def test_a_wrong_number_is_refused(number):
    assert not is_id_number(number, TODAY)


def test_a_number_is_stored_without_blanks_in_capitals():
    assert compact(" 11010519491231002x ") == "11010519491231002X"
