"""Chapter 4: sharing and use."""

from django.utils.translation import gettext_lazy as _

from .article import Article

REQUESTS = ("sharing:request_list", _("Sharing requests"))
AGREEMENTS = ("sharing:agreement_list", _("Agreements"))

SHARING = (
    Article(
        18,
        asks=_("Quality is managed through the whole life of data."),
        does=_("Rows are checked as they come; each entry shows its profile and a score."),
        lacks=_("Quality rules of a department's own are not kept yet."),
        pages=(("catalog:run_list", _("Sync runs")),),
    ),
    Article(
        19,
        asks=_("No repeated collection; one source department for what several collect."),
        does=_(
            "Repeated data is found before an entry or plan is submitted; the competent department"
            " appoints the source, to which requests are led."
        ),
        pages=(("catalog:source_register", _("Source register")),),
        figures=("duplicates",),
    ),
    Article(
        20,
        asks=_("Requests state what they must; both work body heads agree before words leave."),
        does=_(
            "The request asks for each of these; nobody decides on their own request. What the"
            " catalogue lacks is posted as a demand and matched."
        ),
        pages=(REQUESTS, ("matching:demand_list", _("Demands"))),
        figures=("requests", "demands"),
    ),
    Article(
        21,
        asks=_("Answer within 1 or 10 working days (+10); missing material is told at once."),
        does=_("The limit runs from receipt; one notice lists what is missing; a no has reasons."),
        pages=(REQUESTS,),
        figures=("answer",),
    ),
    Article(
        22,
        asks=_("Share within 20 working days of the agreeing answer."),
        does=_("The clock runs from the answer until rows can be drawn."),
        pages=(AGREEMENTS,),
        figures=("deliver",),
    ),
    Article(
        23,
        asks=_("Shorter times of review and delivery are encouraged."),
        does=_("The days that answers took stand beside the limit, by department."),
        pages=(("supervision:league", _("Departments compared")),),
    ),
    Article(
        24,
        asks=_("Higher levels return the data of an area to its lower level."),
        lacks=_("Return flow by area code comes with the use of shared data."),
    ),
    Article(
        25,
        asks=_("No wider use, other purpose or third party without the provider's consent."),
        does=_(
            "Rows leave by the agreed items, rows and masks alone; a change of purpose is a new"
            " version that the provider confirms."
        ),
        lacks=_("The risk of linking several datasets is not assessed yet."),
        pages=(AGREEMENTS,),
        figures=("agreements",),
    ),
    Article(
        26,
        asks=_("Wrong data is reported, checked and corrected within 10 working days."),
        lacks=_("Correction requests come with the use of shared data."),
    ),
    Article(
        27,
        asks=_("Use beyond the scope suspends; services do not end without consultation."),
        does=_("Suspend, rectify, restore and terminate; an end is consulted on, then filed."),
        lacks=_("Disposal of data with its proof comes with the use of shared data."),
        pages=(AGREEMENTS,),
        figures=("suspended",),
    ),
    Article(
        28,
        asks=_("Disputes are negotiated, mediated, and decided by the competent department."),
        does=_("A contested refusal is a record that the competent department decides."),
        lacks=_("The decision of the government itself, the third stage, is not kept yet."),
        pages=(REQUESTS,),
        figures=("disputes",),
    ),
    Article(
        29,
        asks=_("Use is recorded and kept for three years, for provider and supervisor to read."),
        does=_("Every call for rows is on record with caller, time and rows; both may read it."),
        lacks=_("Scene, effect, storage and destruction are not kept in a ledger yet."),
        pages=(AGREEMENTS,),
        figures=("pulls",),
    ),
)
