"""The closed sets of words in which a catalogue entry is described."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ResourceState(models.TextChoices):
    DRAFT = "draft", _("draft")
    HEAD_REVIEW = "head_review", _("waiting for the department head")
    COMPETENT_REVIEW = "competent_review", _("waiting for the competent department")
    RETURNED = "returned", _("returned")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")
    MERGED = "merged", _("taken over into the published entry")
    DISCARDED = "discarded", _("discarded")


class Move(models.TextChoices):
    """The steps that change an entry's state; `catalog.workflow` says from where to where.

    RENEW is what a published change does to the published entry, MERGE what it does to itself.
    """

    SUBMIT = "submit", _("submitted it to the department head")
    APPROVE = "approve", _("approved it")
    PUBLISH = "publish", _("published it")
    SEND_BACK = "send_back", _("sent it back")
    WITHDRAW = "withdraw", _("withdrew it")
    RENEW = "renew", _("published a new version")
    MERGE = "merge", _("took the change over into the published entry")
    DISCARD = "discard", _("discarded the change")


class Work(models.TextChoices):
    """The steps that leave an entry in its state."""

    CREATE = "create", _("wrote the draft")
    CHANGE = "change", _("changed the entry")
    REVISE = "revise", _("began a change of the published entry")
    ASSESS_SECRECY = "secrecy", _("assessed the secrecy risk")
    ASSESS_PERSONAL_INFORMATION = "pia", _("assessed the impact on personal information")


class SharingAttribute(models.TextChoices):
    """Decree 809, Art. 14."""

    UNCONDITIONAL = "unconditional", _("unconditional")
    CONDITIONAL = "conditional", _("conditional")
    NOT_SHARED = "not_shared", _("not shared")


class SharingMode(models.TextChoices):
    """Decree 809, Art. 22."""

    INTERFACE = "interface", _("service interface")
    BATCH = "batch", _("batch exchange")
    FILE = "file", _("file download")


class ResourceClass(models.TextChoices):
    """Compiling guide of 2017; the value is the first digit of the resource code."""

    BASIC = "1", _("basic")
    THEME = "2", _("theme")
    DEPARTMENT = "3", _("department resource")


class DataFormat(models.TextChoices):
    """Compiling guide of 2017, core metadata 7."""

    DOCUMENT = "1", _("electronic file")
    SPREADSHEET = "2", _("spreadsheet")
    DATABASE = "3", _("database")
    IMAGE = "4", _("image")
    MEDIA = "5", _("streaming media")
    SELF_DESCRIBING = "6", _("self-describing format")
    INTERFACE = "7", _("service interface")


class UpdateFrequency(models.TextChoices):
    REAL_TIME = "1", _("real time")
    DAILY = "2", _("daily")
    WEEKLY = "3", _("weekly")
    MONTHLY = "4", _("monthly")
    QUARTERLY = "5", _("quarterly")
    YEARLY = "6", _("yearly")
    HALF_YEARLY = "7", _("half-yearly")
    IRREGULAR = "9", _("irregular")


class Grade(models.TextChoices):
    """Provincial practice (DB33/T 2350-2021): four levels, from not sensitive to sensitive."""

    L1 = "L1", _("L1 not sensitive")
    L2 = "L2", _("L2 low")
    L3 = "L3", _("L3 fairly sensitive")
    L4 = "L4", _("L4 sensitive")


class BasisKind(models.TextChoices):
    """What alone can bar sharing (Decree 809, Art. 14); a ministry's or local rule cannot."""

    LAW = "law", _("law")
    ADMINISTRATIVE_REGULATION = "regulation", _("administrative regulation")
    STATE_COUNCIL_DECISION = "decision", _("State Council decision")


class Visibility(models.TextChoices):
    """Who finds the published entry; its provider and the competent department always do."""

    DEPARTMENTS = "departments", _("all departments")
    LISTED = "listed", _("listed departments and regions")
    REVIEWERS = "reviewers", _("provider and competent department only")


class NationalGrade(models.TextChoices):
    """GB/T 43697-2024: by the harm done when the data are leaked, altered, destroyed or misused."""

    GENERAL = "general", _("general data")
    IMPORTANT = "important", _("important data")
    CORE = "core", _("core data")


class IdentifierKind(models.TextChoices):
    """What an item identifies someone or something by; it decides which mask fits."""

    NONE = "", _("no identifier")
    RESIDENT_ID = "resident_id", _("resident ID number")
    CREDIT_CODE = "credit_code", _("unified social credit code")
    PHONE = "phone", _("telephone number")
    EMAIL = "email", _("e-mail address")
    PERSON_NAME = "person_name", _("name of a person")
    ADDRESS = "address", _("address")
    BANK_CARD = "bank_card", _("bank card number")
    OTHER = "other", _("other identifier")


class MaskingRule(models.TextChoices):
    """How values are masked where they may only be shown in part; usual practice, not law."""

    NONE = "", _("not masked")
    RESIDENT_ID = "resident_id", _("ID number: first and last character")
    PHONE = "phone", _("telephone: last four digits")
    PERSON_NAME = "person_name", _("name: first character")
    EMAIL = "email", _("e-mail: first letter and domain")
    ADDRESS = "address", _("address: down to the district")
    BANK_CARD = "bank_card", _("bank card: last four digits")
    HIDDEN = "hidden", _("hidden altogether")
    PSEUDONYM = "pseudonym", _("pseudonym: the same for the same value")


# From mild to strict: the entry takes the strictest of its items.
STRICTNESS = (
    SharingAttribute.UNCONDITIONAL,
    SharingAttribute.CONDITIONAL,
    SharingAttribute.NOT_SHARED,
)
