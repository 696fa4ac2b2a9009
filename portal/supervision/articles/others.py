"""Chapters 5 to 8: platform, safeguards, liability, supplementary provisions."""

from django.utils.translation import gettext_lazy as _

from .article import Article

AGREEMENTS = ("sharing:agreement_list", _("Agreements"))

OTHERS = (
    Article(
        30,
        asks=_("National and local platforms are linked; towns and villages get what they need."),
        lacks=_("Linking to a higher platform is work of its own; catalogues are exchanged today."),
    ),
    Article(
        31,
        asks=_("Existing platforms join the national system; no new ones beside it."),
        lacks=_("A decision on what is built, not on what is shared."),
    ),
    Article(
        32,
        asks=_("Sharing goes through the platform."),
        does=_("Rows leave by an agreement alone; there is no other way to them."),
        pages=(AGREEMENTS,),
    ),
    Article(
        33,
        asks=_("New technology is encouraged."),
        lacks=_("Encouragement; there is nothing to check."),
    ),
    Article(
        34,
        asks=_("Who manages is responsible, who uses is responsible."),
        does=_("An agreement states both sides' duties of security; both heads confirm its text."),
        pages=(AGREEMENTS,),
    ),
    Article(
        35,
        asks=_("Departments grade their data and protect it; incidents are reported."),
        does=_("Entries and items are graded; what is to be masked leaves masked."),
        lacks=_("Incidents and alerts are not kept yet."),
        pages=(("catalog:resource_list", _("Data catalogue")),),
    ),
    Article(
        36,
        asks=_("Who runs or builds systems for departments does not touch their data."),
        does=_("The platform's administrators read no shared rows."),
        lacks=_("Contracts and accounts of entrusted parties are not kept yet."),
        pages=(("organisation:person_list", _("People and duties")),),
    ),
    Article(
        37,
        asks=_("Personal information is handled by its own law; complaints are taken up."),
        does=_("Personal items are flagged; without their assessment nothing is submitted."),
        lacks=_("Complaints of citizens are taken in elsewhere."),
        pages=(("catalog:resource_list", _("Data catalogue")),),
    ),
    Article(
        38,
        asks=_("Timeliness, quality, use and security are supervised and count for funding."),
        does=_("The indicators of these four groups, each with its cases; every table is a file."),
        lacks=_("The formulas are the portal's: the Decree fixes none."),
        pages=(("supervision:desk", _("Supervision")),),
    ),
    Article(
        39,
        asks=_("Providers answer for late, blocked or ended sharing."),
        does=_("What lapsed stays on record for ever, with its limit and calendar."),
        lacks=_("Cases of violation are not opened yet."),
        pages=(("clocks:lapse_list", _("Lapsed deadlines")),),
        figures=("lapses",),
    ),
    Article(
        40,
        asks=_("Requesters answer for repeated collection, wider use and passing on."),
        does=_("Collection plans are compared with the catalogue; refused calls are on record."),
        lacks=_("Cases of violation are not opened yet."),
        pages=(("catalog:source_register", _("Source register")),),
        figures=("denied",),
    ),
    Article(
        41,
        asks=_("Competent departments answer for sources not named and disputes not settled."),
        does=_("Open duplicates and disputes wait before the officers until they decide."),
        pages=(("catalog:source_register", _("Source register")),),
        figures=("duplicates", "disputes"),
    ),
    Article(
        42,
        asks=_("Staff answer for leaks, neglect and abuse."),
        does=_("Every act is in an audit trail in which a changed record is found."),
        lacks=_("The trail itself is for the audit administrator."),
    ),
    Article(
        43,
        asks=_("Other state organs are encouraged to follow the Decree."),
        lacks=_("They take part as a department does, when they choose to."),
    ),
    Article(
        44,
        asks=_("In force since 1 August 2025."),
        lacks=_("A date; everything in the portal came after it."),
    ),
)
