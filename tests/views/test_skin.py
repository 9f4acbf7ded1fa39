"""What every page carries: headers, language, words for refusals, and nothing that the policy would block."""

import re
from pathlib import Path

import pytest

from app.extensions import db

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "app" / "templates"
TEMPLATES = sorted(p for p in FOLDER.rglob("*.html") if "reports" not in p.parts)  # those become PDF


@pytest.fixture(autouse=True)
def _csrf_on(csrf_on):
    """These pages are judged as people get them."""


def test_every_answer_carries_the_policy_with_a_fresh_nonce(client):
    browser = client()
    first, second = browser.get("/login/"), browser.get("/login/")
    nonces = [re.search(r"'nonce-([^']+)'", a.headers["Content-Security-Policy"]).group(1) for a in (first, second)]
    assert nonces[0] != nonces[1]
    assert f'nonce="{nonces[0]}"' in first.text
    policy = first.headers["Content-Security-Policy"]
    for part in ("object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'self'"):
        assert part in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
    assert first.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_of_a_person_are_not_kept_by_the_browser(client):
    assert client("city_officer").get("/nowhere").headers["Cache-Control"] == "no-store"
    assert "no-store" not in client("city_officer").get("/static/css/skin.css").headers.get("Cache-Control", "")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_template_needs_what_the_policy_blocks(template):
    text = template.read_text()
    assert not re.search(r"\son[a-z]+\s*=", text), "an inline handler"
    assert "javascript:" not in text
    assert "<style" not in text
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text), "something from outside"
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "nonce=" in script or "application/json" in script


def test_the_language_of_the_page_is_said_and_can_be_switched(client):
    browser = client()
    assert '<html lang="zh-CN">' in browser.get("/login/").text
    answer = browser.get("/language/en?next=/login/")
    assert answer.location == "/login/"
    assert '<html lang="en">' in browser.get("/login/").text
    assert browser.get("/language/xx").status_code == 404
    assert browser.get("/language/zh_Hans_CN?next=//evil.example").location == "/"


@pytest.mark.parametrize("status", [404, 405])
def test_a_page_that_is_not_there_says_so_in_words(client, status):
    path = {404: "/nowhere", 405: "/logout/"}[status]
    for browser in (client(), client("city_officer")):
        answer = browser.get(path)
        assert answer.status_code == status
        assert "回到首页" in answer.text
        assert "Not Found" not in answer.text
        assert answer.text.count("<h1>") == 1


def test_scripts_get_refusals_as_json(client):
    answer = client().get("/nowhere", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.get_json()["message"]


def test_a_failure_shows_no_stack_and_reads_nothing(app, client, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        browser = client("city_officer")

        def fail(*_args):
            raise RuntimeError("secret detail")

        monkeypatch.setitem(app.view_functions, "LanguageView.index", fail)
        monkeypatch.setattr(app, "testing", False)
        answer = browser.get("/language/en")
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert answer.status_code == 500
    assert "系统出现问题" in answer.text
    assert "secret detail" not in answer.text
    assert db.session.is_active


def test_an_expired_form_says_what_to_do(client):
    answer = client("city_officer").post("/logout/")
    assert answer.status_code == 400
    assert "请刷新页面" in answer.text


def test_the_style_sheet_is_short_and_loads_nothing():
    text = (ROOT / "app" / "static" / "css" / "skin.css").read_text()
    assert len(text.splitlines()) <= 600
    assert "url(" not in text
    assert "@import" not in text
