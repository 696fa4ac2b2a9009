from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .standards import in_language
from .terms import ResourceClass


class ClassificationLevel(models.TextChoices):
    """Below the resource class (类): compiling guide of 2017, core metadata 1."""

    ITEM = "item", _("classification item")
    HEADING = "heading", _("heading")
    SUBHEADING = "subheading", _("sub-heading")


class Classification(models.Model):
    """A node of the classification tree.

    `code` is what an entry states as its classification: two digits for an item, five for a heading,
    more for a sub-heading, each beginning with the code of the node above. Codes never change, for
    resource codes begin with them; a node that is no longer wanted is retired.
    """

    resource_class = models.CharField(_("resource class"), max_length=1, choices=ResourceClass)
    code = models.CharField(
        _("code"),
        max_length=20,
        validators=[
            RegexValidator(
                r"^([0-9]{2}|[0-9]{5,20})$",
                _("Digits only: two for the item, three for the heading, then the sub-heading."),
            )
        ],
        help_text=_("With the codes of the nodes above: 03 item, 03001 heading, 03001001."),
    )
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=ClassificationLevel, editable=False)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("classification")
        verbose_name_plural = _("classifications")
        ordering = ["resource_class", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource_class", "code"], name="one_node_per_code_and_class"
            ),
            models.CheckConstraint(
                condition=Q(level=ClassificationLevel.ITEM, code__regex=r"^[0-9]{2}$")
                | Q(level=ClassificationLevel.HEADING, code__regex=r"^[0-9]{5}$")
                | Q(level=ClassificationLevel.SUBHEADING, code__regex=r"^[0-9]{6,20}$"),
                name="the_level_of_a_node_is_told_by_its_code",
            ),
            models.CheckConstraint(
                condition=Q(level=ClassificationLevel.ITEM, parent__isnull=True)
                | (~Q(level=ClassificationLevel.ITEM) & Q(parent__isnull=False)),
                name="every_node_but_items_has_a_parent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_code} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("catalog:classification_node", args=[self.pk])

    @property
    def shown_name(self) -> str:
        return in_language(self.name, self.name_en)

    @property
    def full_code(self) -> str:
        """With the digit of its class, as resource codes begin."""
        return f"{self.resource_class}{self.code}"
