"""The public portal: one module per section, list and detail by `pages.ArticlePages`."""

from .notices import NoticeView
from .publicity import PublicityView
from .search import SearchView
from .sections import FaqView, LinkView, PolicyView, ServiceGuideView

SECTIONS = (NoticeView, PolicyView, PublicityView, ServiceGuideView, FaqView, LinkView, SearchView)

__all__ = [
    "SECTIONS",
    "FaqView",
    "LinkView",
    "NoticeView",
    "PolicyView",
    "PublicityView",
    "SearchView",
    "ServiceGuideView",
]
