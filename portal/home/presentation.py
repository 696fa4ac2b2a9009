"""The home page's figures in words, each with its way to the list behind it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from .selectors import Home


def figures(home: Home) -> list[dict[str, Any]]:
    inbox, counted = home.inbox, home.figures
    late = inbox.overdue or inbox.due_today
    words = _("nothing is due today")
    if inbox.overdue:
        words = _("%(number)s overdue") % {"number": inbox.overdue}
    elif inbox.due_today:
        words = _("%(number)s due today") % {"number": inbox.due_today}
    rate = "—"
    if counted.answers_due:
        rate = f"{100 * counted.answers_on_time / counted.answers_due:.1f}%"
    return [
        {
            "label": _("Waiting for me"),
            "value": len(inbox.tasks),
            "words": words,
            "tone": "warn" if late else "quiet",
            "url": reverse("home:tasks"),
        },
        {
            "label": _("Our requests under way"),
            "value": counted.open_requests,
            "words": _("%(number)s past the provider's limit")
            % {"number": counted.overdue_requests}
            if counted.overdue_requests
            else _("none is late"),
            "tone": "warn" if counted.overdue_requests else "quiet",
            "url": reverse("sharing:request_list"),
        },
        {
            "label": _("Active agreements"),
            "value": counted.active_agreements,
            "words": _("%(number)s end within 30 days")
            % {"number": counted.agreements_ending_soon},
            "tone": "warn" if counted.agreements_ending_soon else "quiet",
            "url": reverse("sharing:agreement_list", query={"side": "ours"}),
        },
        {
            "label": _("Calls this month"),
            "value": counted.pulls_this_month,
            "words": _("answered in full"),
            "url": reverse("sharing:agreement_list", query={"side": "ours"}),
        },
        {
            "label": _("Our on-time answer rate"),
            "value": rate,
            "words": _("%(on_time)s of %(due)s this year")
            % {"on_time": counted.answers_on_time, "due": counted.answers_due},
            "url": reverse("sharing:request_list", query={"side": "received"}),
        },
    ]
