"""How dates, times and figures are written on every page."""

import datetime as dt

import pytest
from django.utils import timezone
from jinja2 import DictLoader, UndefinedError

from clinic import jinja

UTC = dt.UTC


def environment(**templates: str):
    return jinja.environment(loader=DictLoader(templates))


def test_dates_ignore_the_locale_and_have_four_digit_years():
    assert jinja.date_text(dt.date(2026, 11, 2)) == "02-Nov-2026"


@pytest.fixture
def in_london():
    with timezone.override("Europe/London"):
        yield


def test_times_are_24_h_in_the_zone_of_the_clinic(in_london):
    summer = dt.datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC)
    assert jinja.time_text(summer) == "23:30"
    assert jinja.second_text(summer) == "23:30:05"
    assert jinja.date_text(summer.replace(hour=23)) == "02-Jul-2026"


@pytest.mark.parametrize(
    ("number", "text"), [("9990000018", "999 000 0018"), ("", "Not known")]
)
def test_nhs_numbers_are_3_3_4(number, text):
    assert jinja.nhs_number_text(number) == text


def test_a_missing_reading_is_said_and_never_zero():
    assert jinja.kohm_text(None) == "no reading"
    assert jinja.dose_text(None) == "not known"
    assert jinja.date_text(None) == "Not known"


def test_printing_what_was_not_given_is_an_error():
    page = environment(page="{{ missing }}").get_template("page")
    with pytest.raises(UndefinedError, match="page prints a value"):
        page.render()


def test_the_macros_of_the_design_system_may_leave_things_out():
    page = environment(
        page='{% from "nhsuk/components/tag/macro.jinja" import tag %}'
        '{{ tag({"text": "Held"}) }}'
    ).get_template("page")
    assert "Held" in page.render()


def test_text_is_escaped():
    page = environment(page="{{ name }}").get_template("page")
    assert page.render(name="<b>") == "&lt;b&gt;"
