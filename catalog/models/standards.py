"""The standards library (Decree 809, Art. 6): code lists and data elements, each in versions.

Published versions never change: triggers of the database refuse it. What items are bound to is the
list or element itself, by its identifier; the store checks against the version in force.
"""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from .item import ItemType

IDENTIFIER_LENGTH = 60
CODE_LENGTH = 60

sound_identifier = RegexValidator(
    r"^[0-9A-Za-z](?:[0-9A-Za-z ./_-]*[0-9A-Za-z])?$",
    _("Letters, digits, spaces and . / - _ only, for example GB/T 2261.1-2003."),
)


def in_language(name: str, name_en: str) -> str:
    """The English name for who reads English, when there is one."""
    return name_en if name_en and (get_language() or "").startswith("en") else name


class VersionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")


class CodeList(models.Model):
    """A closed set of codes with a name for each, such as "GB/T 2261.1-2003" for the sexes.

    `standard` says in words what the codes are taken from. `is_partial`: the list holds only a part
    of what its standard has, so that a code that is missing here may still be a sound one.
    """

    identifier = models.CharField(
        pgettext_lazy("of a standard", "identifier"),
        max_length=IDENTIFIER_LENGTH,
        unique=True,
        validators=[sound_identifier],
        help_text=_("That of the standard, for example GB/T 2261.1-2003. It never changes."),
    )
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    standard = models.CharField(
        _("standard"),
        max_length=200,
        blank=True,
        help_text=_("What the codes are taken from: standard, table, edition."),
    )
    is_partial = models.BooleanField(
        _("part of the standard only"),
        default=False,
        help_text=_("The list does not hold all codes of the standard."),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("code list")
        verbose_name_plural = _("code lists")
        ordering = ["identifier"]

    def __str__(self) -> str:
        return f"{self.identifier} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("catalog:code_list", args=[self.pk])

    @property
    def shown_name(self) -> str:
        return in_language(self.name, self.name_en)


class CodeListVersion(models.Model):
    """The codes of a list as they are from a day on.

    In force is the published version with the highest number whose `valid_from` has come. `digest`
    is of all its codes; `revision` counts the writes of a draft, so that two officers who edit at
    once do not overwrite each other.
    """

    code_list = models.ForeignKey(
        CodeList, models.PROTECT, related_name="versions", verbose_name=_("code list")
    )
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(
        _("state"), max_length=10, choices=VersionState, default=VersionState.DRAFT
    )
    valid_from = models.DateField(_("in force from"), null=True, blank=True)
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    entry_count = models.PositiveIntegerField(_("codes"), default=0)
    digest = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published"), null=True)

    class Meta:
        verbose_name = _("version of a code list")
        verbose_name_plural = _("versions of code lists")
        ordering = ["code_list", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["code_list", "number"], name="one_version_per_number_and_list"
            ),
            models.UniqueConstraint(
                fields=["code_list"],
                condition=Q(state=VersionState.DRAFT),
                name="one_draft_per_code_list",
            ),
            models.CheckConstraint(
                condition=Q(state=VersionState.DRAFT)
                | Q(valid_from__isnull=False, published_at__isnull=False, entry_count__gt=0),
                name="published_versions_say_from_when_they_hold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code_list_id}/{self.number}"


class CodeListEntry(models.Model):
    """One code of a version; `parent_code` is the code above it in the same version."""

    version = models.ForeignKey(CodeListVersion, models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()
    code = models.CharField(_("code"), max_length=CODE_LENGTH)
    name = models.CharField(_("name"), max_length=200)
    parent_code = models.CharField(_("parent code"), max_length=CODE_LENGTH, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="one_entry_per_code"),
            models.CheckConstraint(
                condition=~Q(parent_code=models.F("code")), name="no_code_is_above_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DataElement(models.Model):
    """What one kind of value is, wherever it occurs; `current` is the latest of its versions."""

    identifier = models.CharField(
        pgettext_lazy("of a standard", "identifier"),
        max_length=IDENTIFIER_LENGTH,
        unique=True,
        validators=[sound_identifier],
        help_text=_("That of the standard, or of your own register. It never changes."),
    )
    current = models.ForeignKey(
        "DataElementVersion", models.PROTECT, null=True, related_name="+", editable=False
    )
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("data element")
        verbose_name_plural = _("data elements")
        ordering = ["identifier"]

    def __str__(self) -> str:
        return self.identifier

    def get_absolute_url(self) -> str:
        return reverse("catalog:data_element", args=[self.pk])


class DataElementVersion(models.Model):
    """A data element as it was laid down at a time. Every change is a new version."""

    element = models.ForeignKey(
        DataElement, models.PROTECT, related_name="versions", verbose_name=_("data element")
    )
    number = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    definition = models.CharField(_("definition"), max_length=500)
    type = models.CharField(_("type"), max_length=1, choices=ItemType)
    length = models.PositiveIntegerField(_("length"), null=True, blank=True)
    code_list = models.ForeignKey(
        CodeList,
        models.PROTECT,
        to_field="identifier",
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("code list"),
    )
    standard = models.CharField(_("standard"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name = _("version of a data element")
        verbose_name_plural = _("versions of data elements")
        ordering = ["element", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["element", "number"], name="one_version_per_number_and_element"
            ),
            models.CheckConstraint(
                condition=Q(code_list__isnull=True) | Q(type=ItemType.CHARACTER),
                name="only_characters_have_a_code_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.element_id}/{self.number} {self.name}"

    @property
    def shown_name(self) -> str:
        return in_language(self.name, self.name_en)
