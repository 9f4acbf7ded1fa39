"""Formatted text: written as Markdown, shown as clean HTML.

Raw HTML is text to the reader of Markdown, and what it makes is cleaned once more against a short list, so that neither
of the two has to be free of mistakes for the page to be safe.
"""

import html

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "br", "strong", "em", "s", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "a", "hr", "code",
    "pre", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
LOWEST_HEADING = 6

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def to_html(text: str) -> str:
    """Return the clean HTML of a formatted text; headings begin below the page's own."""
    tokens = _markdown.parse(text)
    for token in tokens:
        _lower_heading(token)
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    return nh3.clean(rendered, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer")


def to_text(text: str) -> str:
    """Return the plain words of a formatted text on one line."""
    return " ".join(html.unescape(nh3.clean(to_html(text), tags=set())).split())


def _lower_heading(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1]) + 1, LOWEST_HEADING)}"
