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


class Move(models.TextChoices):
    """The steps that change an entry's state; `catalog.workflow` says from where to where."""

    SUBMIT = "submit", _("submitted it to the department head")
    APPROVE = "approve", _("approved it")
    PUBLISH = "publish", _("published it")
    SEND_BACK = "send_back", _("sent it back")
    WITHDRAW = "withdraw", _("withdrew it")


class Work(models.TextChoices):
    """The steps that leave an entry in its state."""

    CREATE = "create", _("wrote the draft")
    CHANGE = "change", _("changed the entry")
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
