from .agreements import agreement_page, agreements_for, pulls_of, with_versions
from .figures import Figures, figures_for
from .inbox import tasks_for
from .requests import (
    ListTab,
    RequestPage,
    earlier_requests_of,
    open_requests_of,
    own_request,
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
    "earlier_requests_of",
    "figures_for",
    "open_requests_of",
    "own_request",
    "pulls_of",
    "request_page",
    "request_tabs",
    "requests_for",
    "tasks_for",
    "with_versions",
]
