from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .resource import Resource
from .terms import Grade, IdentifierKind, MaskingRule, SharingAttribute

COLUMN = r"^[a-z][a-z0-9_]*$"


class ItemType(models.TextChoices):
    """Compiling guide of 2017, core metadata 8."""

    CHARACTER = "C", _("character")
    NUMERIC = "N", _("numeric")
    CURRENCY = "Y", _("currency")
    DATE = "D", _("date")
    DATETIME = "T", _("date-time")
    LOGICAL = "L", _("logical")
    MEMO = "M", _("memo")
    GENERAL = "G", _("general")
    DOUBLE = "B", _("double")
    INTEGER = "I", _("integer")
    FLOAT = "F", _("float")


class DataItem(models.Model):
    """One field of a resource. `column` is its name in the store, in the API and in exports."""

    resource = models.ForeignKey(
        Resource, models.CASCADE, related_name="items", verbose_name=_("resource")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("data item"), max_length=100)
    column = models.CharField(
        _("column"),
        max_length=60,
        validators=[
            RegexValidator(
                COLUMN,
                _("Small letters, digits and underscores only, beginning with a letter."),
            )
        ],
    )
    type = models.CharField(_("type"), max_length=1, choices=ItemType)
    length = models.PositiveIntegerField(_("length"), null=True, blank=True)
    # By identifier, so that an item tells its list without asking for it.
    code_list = models.ForeignKey(
        "CodeList",
        models.PROTECT,
        to_field="identifier",
        null=True,
        blank=True,
        db_index=False,
        related_name="items",
        verbose_name=_("code list"),
    )
    data_element = models.ForeignKey(
        "DataElement",
        models.PROTECT,
        to_field="identifier",
        null=True,
        blank=True,
        db_index=False,
        related_name="items",
        verbose_name=_("data element"),
    )
    is_key = models.BooleanField(_("key"), default=False)
    is_nullable = models.BooleanField(_("may be empty"), default=True)
    # Of how the rows are kept, not of what they are: no change of an entry carries it.
    is_indexed = models.BooleanField(_("indexed"), default=False, db_default=False, editable=False)
    is_personal = models.BooleanField(_("personal information"), default=False)
    is_sensitive = models.BooleanField(_("sensitive personal information"), default=False)
    is_minor = models.BooleanField(_("information about children under 14"), default=False)
    identifier_kind = models.CharField(
        _("identifier"), max_length=15, choices=IdentifierKind, blank=True
    )
    masking_rule = models.CharField(_("masking"), max_length=15, choices=MaskingRule, blank=True)
    sharing_attribute = models.CharField(
        _("sharing attribute"), max_length=15, choices=SharingAttribute
    )
    grade = models.CharField(_("grade"), max_length=2, choices=Grade)
    description = models.CharField(_("description"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("data item")
        verbose_name_plural = _("data items")
        ordering = ["resource", "position"]
        constraints = [
            models.UniqueConstraint(fields=["resource", "column"], name="one_item_per_column"),
            models.UniqueConstraint(fields=["resource", "name"], name="one_item_per_name"),
            models.CheckConstraint(
                condition=models.Q(is_key=False) | models.Q(is_nullable=False),
                name="key_items_are_never_empty",
            ),
            models.CheckConstraint(
                condition=models.Q(is_sensitive=False) | models.Q(is_personal=True),
                name="sensitive_items_are_personal",
            ),
            models.CheckConstraint(
                condition=models.Q(is_minor=False) | models.Q(is_sensitive=True),
                name="items_about_children_are_sensitive",
            ),
            models.CheckConstraint(
                condition=models.Q(code_list__isnull=True) | models.Q(type=ItemType.CHARACTER),
                name="only_character_items_have_a_code_list",
            ),
        ]

        # Few items are bound, so the indexes of bindings hold those alone. `catalog_item_normal`
        # is made by the migration one_source: names are compared across departments (Art. 19).
        indexes = [
            models.Index(fields=["name"], name="item_name"),
            models.Index(
                models.Func("name", function="catalog_item_normal"),
                "resource",
                name="item_normal_name",
            ),
            models.Index(
                fields=["code_list", "resource"],
                condition=models.Q(code_list__isnull=False),
                name="item_code_list",
            ),
            models.Index(
                fields=["data_element", "resource"],
                condition=models.Q(data_element__isnull=False),
                name="item_data_element",
            ),
        ]

    def __str__(self) -> str:
        return self.name
