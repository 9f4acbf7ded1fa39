"""Form classes made from definitions: names, ids, references for assistive technology, and speed."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from app.forms import answers as forms
from app.forms.builder import _form_class, bind_section, section_form
from app.forms.definition import parse_type
from app.forms.package import TYPES, load_package
from app.forms.samples import load_samples

from .test_answers import AT, CONTEXT, PARTNER, filled

FOLDERS = [TYPES / "gd_smart_partner_2024_a", Path(__file__).parent.parent / "types" / "green_factory"]
TEMPLATES = Path(__file__).parents[2] / "app" / "templates"


@pytest.fixture(scope="module")
def partner():
    return parse_type(load_package(PARTNER))


@pytest.fixture(scope="module")
def macros():
    application = Flask("forms", template_folder=str(TEMPLATES))
    Babel(application, default_locale="zh_Hans_CN")
    with application.test_request_context():
        yield application.jinja_env.get_template("forms/fields.html").module


def html_of(macros, definition, key, answers=None, report=None):
    return str(macros.section_fields(bind_section(definition, key, answers or {}, CONTEXT, report=report)))


def every_section():
    for folder in FOLDERS:
        definition = parse_type(load_package(folder))
        for section in definition.sections:
            yield pytest.param(folder, section.key, id=f"{folder.name}-{section.key}")


@pytest.mark.parametrize(("folder", "key"), every_section())
def test_ids_are_unique_and_every_reference_has_its_target(macros, folder, key):
    definition = parse_type(load_package(folder))
    html = html_of(macros, definition, key, load_samples(folder)[0]["answers"], forms.check(definition, {}, {}, {}, AT))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    pointers = re.findall(r'\s(?:for|aria-describedby|aria-labelledby)="([^"]+)"', html)
    assert pointers
    assert {target for pointer in pointers for target in pointer.split()} <= set(ids)


@pytest.mark.parametrize(("folder", "key"), every_section())
def test_every_visible_input_is_named_for_people(macros, folder, key):
    html = html_of(macros, parse_type(load_package(folder)), key, load_samples(folder)[0]["answers"])
    labelled = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', html))
    wrapped = set(re.findall(r'<label class="option"><input[^>]*\sid="([^"]+)"', html))
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", html):
        if 'type="hidden"' in tag:
            continue
        name = re.search(r'\sid="([^"]+)"', tag)[1]
        assert name in labelled or name in wrapped or "aria-label=" in tag, tag


def test_names_are_paths_joined_with_dashes(partner):
    form = bind_section(partner, "economics", {}, CONTEXT)
    assert form.control("econ.y1.revenue").name == "econ-y1-revenue"
    form = bind_section(partner, "business", {"business": {"products": [{"_id": "r1", "name": "甲"}]}}, CONTEXT)
    assert form.control("products.0.name").name == "products-0-name"
    assert form.control("products.0.name").data == "甲"


def test_what_the_page_posts_is_what_was_stored(partner, macros):
    answers, _files = filled(partner, PARTNER, 2)
    for section in partner.sections:
        posted = posted_by(html_of(macros, partner, section.key, answers))
        assert forms.update_section(partner, section.key, answers, posted, CONTEXT) == answers.get(section.key, {})


def posted_by(html: str):
    """Return what a browser without JavaScript would send."""
    from html import unescape

    from werkzeug.datastructures import MultiDict

    html = re.sub(r"<template.*?</template>", "", html, flags=re.S)
    form = MultiDict()
    for tag in re.findall(r"<input[^>]*>", html):
        kind = re.search(r'\stype="([^"]+)"', tag)[1]
        if kind not in ("checkbox", "radio") or " checked" in tag:
            form.add(re.search(r'\sname="([^"]+)"', tag)[1], unescape(re.search(r'\svalue="([^"]*)"', tag)[1]))
    for name, text in re.findall(r'<textarea[^>]*\sname="([^"]+)"[^>]*>\n(.*?)</textarea>', html, flags=re.S):
        form.add(name, unescape(text))
    for name, options in re.findall(r'<select[^>]*\sname="([^"]+)"[^>]*>(.*?)</select>', html, flags=re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        form.add(name, chosen[1] if chosen else "")
    return form


def test_wrong_text_is_shown_again_as_it_was_typed(partner, macros):
    answers = {"basic": {"registered_on": "去年", "staff": "约100", "clusters": ["new_energy", "nonsense"]}}
    html = html_of(macros, partner, "basic", answers, forms.check(partner, answers, {}, CONTEXT, AT))
    assert re.search(r'<input[^>]*name="registered_on"[^>]*type="text"[^>]*value="去年"', html)
    assert re.search(r'<input[^>]*name="staff"[^>]*value="约100"', html)
    assert "请输入存在的年月，例如 2015-03" in html
    assert "请输入整数，单位：人" in html


def test_markup_in_an_answer_stays_text(partner, macros):
    answers = {"basic": {"address": '"><script>alert(1)</script>'}, "profile": {"profile_text": "</textarea><script>"}}
    html = html_of(macros, partner, "basic", answers) + html_of(macros, partner, "profile", answers)
    assert "<script>" not in html


def test_hidden_fields_are_there_for_the_browser_but_hidden(partner, macros):
    html = html_of(macros, partner, "basic", {"basic": {"enterprise_kind": "private"}})
    assert re.search(r'data-field="enterprise_kind_other" data-show="[^"]+" hidden', html)
    html = html_of(macros, partner, "basic", {"basic": {"enterprise_kind": "other"}})
    assert not re.search(r'data-field="enterprise_kind_other" data-show="[^"]+" hidden', html)


def test_a_class_without_the_hidden_fields_can_be_had(partner):
    names = [name for name, _control in section_form(partner, "basic", frozenset({"fax"})).unbound]
    assert "fax" not in names
    assert "contact" in names


def test_rules_that_read_other_sections_find_the_values_on_the_page(partner):
    form = bind_section(partner, "attachments", {"route": {"admission_route": "direct"}}, CONTEXT)
    assert form.outside_json == '{"admission_route": "direct"}'


def test_a_repeat_ends_with_an_empty_row_until_it_is_full(partner):
    def count(stored):
        rows = [{"_id": f"r{n}", "name": "甲"} for n in range(stored)]
        return len(bind_section(partner, "business", {"business": {"products": rows}}, CONTEXT)["products"])

    assert (count(0), count(2), count(30)) == (1, 3, 30)


def test_a_form_judges_what_was_posted_like_a_submission(partner):
    answers, files = filled(partner, PARTNER)
    form = bind_section(partner, "economics", answers, CONTEXT)
    assert form.validate_posted({"econ-y1-revenue": "9000"}, answers, files, CONTEXT, AT)
    assert not form.validate_posted({"econ-y1-rd_spend": "10000"}, answers, files, CONTEXT, AT)
    assert [str(message) for message in form.control("econ.y1.rd_spend").errors] == [
        "研发投入（2021年）不得大于营业收入，请核对单位（万元）"
    ]


def test_classes_are_made_once(partner):
    _form_class.cache_clear()
    made = [section_form(partner, section.key) for section in partner.sections]
    assert made == [section_form(partner, section.key) for section in partner.sections]
