"""Chapters 1 to 3: general provisions, management, the catalogue."""

from django.utils.translation import gettext_lazy as _

from .article import Article

CATALOGUE = ("catalog:resource_list", _("Data catalogue"))
REVIEWS = ("catalog:review_list", _("Entries to review"))

GENERAL = (
    Article(
        1,
        asks=_("Sharing is to be safe, orderly and efficient."),
        lacks=_("States the aim; asks nothing of a system by itself."),
    ),
    Article(
        2,
        asks=_("It binds government departments and the bodies authorised to run public affairs."),
        does=_(
            "Who takes part is a department with a unified social credit code, whose check digits"
            " are verified."
        ),
        pages=(("organisation:department_list", _("Departments")),),
        figures=("departments",),
    ),
    Article(
        3,
        asks=_("State secrets and work secrets are outside of sharing."),
        does=_("An entry in which the secrecy assessment finds a secret goes no further."),
        pages=(CATALOGUE,),
    ),
    Article(
        4,
        asks=_("The principles: coordination, uniform standards, lawful sharing, security."),
        lacks=_("Principles for people; the duties that follow from them stand further down."),
    ),
    Article(
        5,
        asks=_("Sharing obeys the law and harms neither the public nor anybody's rights."),
        lacks=_("A bound on every act; what can be checked is checked by Art. 13, 25, 34 and 37."),
    ),
    Article(
        6,
        asks=_("The State sets up a system of standards for sharing."),
        does=_("Items are bound to code lists and data elements of a versioned standards library."),
        pages=(("catalog:code_list_list", _("Standards library")),),
    ),
    Article(
        7,
        asks=_("New ways of sharing are encouraged."),
        lacks=_("Encouragement; there is nothing to check."),
    ),
    Article(
        8,
        asks=_("Each level's competent department coordinates sharing in its own area."),
        does=_("Officers review, consent and decide for the departments of their region alone."),
        pages=(("organisation:department_list", _("Departments")),),
    ),
    Article(
        9,
        asks=_("Sharing goes across levels, regions, systems, departments and business."),
        does=_("A department asks one of another level or region as it asks its neighbour."),
        lacks=_("A library of good cases is kept elsewhere."),
        pages=(("sharing:request_list", _("Sharing requests")),),
    ),
    Article(
        10,
        asks=_("A department is responsible for its sharing, and keeps internal rules for it."),
        lacks=_("The rules are the department's own papers; the portal does not hold them yet."),
    ),
    Article(
        11,
        asks=_("Each department names a sharing work body, with its tasks."),
        does=_("One head of the work body a department; its tasks are that duty's rights."),
        pages=(("organisation:person_list", _("People and duties")),),
        figures=("departments_without_head",),
    ),
    Article(
        12,
        asks=_("One unified catalogue, compiled by one standard."),
        does=_("All departments' entries stand in one catalogue, by one set of metadata."),
        lacks=_("The national compiling standard is not out; the guide of 2017 is followed."),
        pages=(CATALOGUE,),
        figures=("entries",),
    ),
    Article(
        13,
        asks=_(
            "Before compiling: assessments of secrecy and personal information; the department"
            " head approves; nine fields."
        ),
        does=_(
            "Without both assessments, the head's approval and the fields nothing is submitted."
        ),
        pages=(REVIEWS,),
        figures=("entries_before_head",),
    ),
    Article(
        14,
        asks=_("Three sharing attributes: unconditional, conditional, not shared."),
        does=_("Every entry and item has exactly one; the entry's is its strictest item's."),
        pages=(CATALOGUE,),
        figures=("entries_not_shared",),
    ),
    Article(
        15,
        asks=_("No conditions to block sharing; not sharing needs a law that clearly says so."),
        does=_(
            "Conditional asks for scope and purpose, not shared for reason, kind of basis, title"
            " and article; a ministry's or local rule is refused. Either can be challenged."
        ),
        pages=(CATALOGUE, ("matching:challenge_list", _("Challenges"))),
        figures=("challenges",),
    ),
    Article(
        16,
        asks=_("The competent department reviews, and announces the catalogue to all."),
        does=_("Review, publication and announcement are one step, told to every department."),
        pages=(REVIEWS,),
        figures=("entries_before_officer",),
    ),
    Article(
        17,
        asks=_("Update within 10 working days (+5), review and publish within 2."),
        does=_("Both limits run as clocks from the day of the change, with the one extension."),
        pages=(("catalog:update_duty_list", _("Update duties")),),
        figures=("update", "review"),
    ),
)
