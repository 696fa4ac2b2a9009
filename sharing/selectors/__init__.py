from .agreements import agreement_page, agreements_for, pulls_of, with_versions
from .figures import Figures, figures_for
from .inbox import tasks_for
from .requests import (
    ListTab,
    RequestPage,
    open_requests_of,
    request_page,
    request_tabs,
    requests_for,
)

__all__ = [
    "Figures",
    "ListTab",
    "RequestPage",
    "agreement_page",
    "agreements_for",
    "figures_for",
    "open_requests_of",
    "pulls_of",
    "request_page",
    "request_tabs",
    "requests_for",
    "tasks_for",
    "with_versions",
]
