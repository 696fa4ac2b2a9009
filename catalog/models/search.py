"""What helps to find entries: known words, synonyms, searches that people keep."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WordKind(models.TextChoices):
    NAME = "name", _("resource")
    ENGLISH = "name_en", _("English name")
    TAG = "tag", _("tag")
    PROVIDER = "provider", _("department")
    ITEM = "item", _("data item")


class SearchWord(models.Model):
    """A text that some entry holds, whoever may see that entry: derived, for suggestions.

    It is never shown for itself. A suggestion is made of it only when an entry that the person may
    see holds it too. `key` is its normal form, `grams` its pairs of characters.
    """

    kind = models.CharField(max_length=8, choices=WordKind)
    text = models.CharField(max_length=300)
    key = models.CharField(max_length=300)
    pinyin = models.CharField(max_length=300)
    initials = models.CharField(max_length=300)
    grams = SearchVectorField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["text", "kind"], name="one_word_per_text_and_kind"),
        ]
        indexes = [
            models.Index(OpClass("key", "varchar_pattern_ops"), name="search_word_key"),
            models.Index(OpClass("pinyin", "varchar_pattern_ops"), name="search_word_pinyin"),
            models.Index(OpClass("initials", "varchar_pattern_ops"), name="search_word_initials"),
            GinIndex(fields=["grams"], name="search_word_grams"),
        ]

    def __str__(self) -> str:
        return self.text


class SearchIndexState(models.Model):
    """With which version of `catalog.search` all entries were last indexed; one row, or none yet."""

    version = models.PositiveIntegerField()
    indexed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.version)


class SearchSynonym(models.Model):
    """A group of terms that mean the same to who searches, such as 低保 and 最低生活保障.

    Terms stand as they were written; they are compared in the normal form of `catalog.search`. A
    question is widened when it is asked, so a change of a group needs no new index.
    """

    terms = ArrayField(models.CharField(max_length=40), verbose_name=_("terms"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_shipped = models.BooleanField(_("comes with the portal"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("last changed by"),
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("group of synonyms")
        verbose_name_plural = _("groups of synonyms")
        ordering = ["terms", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(terms__len__gte=2), name="a_synonym_needs_another"
            ),
        ]

    def __str__(self) -> str:
        return " / ".join(self.terms)

    def get_absolute_url(self) -> str:
        return reverse("catalog:synonym_edit", args=[self.pk])


class SavedSearch(models.Model):
    """A question that a person keeps, and since when they have seen its answer.

    New hits are entries published after `seen_at`. `new_hits` is what the last count found, for the
    notice; lists count anew.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(_("name"), max_length=60)
    q = models.CharField(_("words"), max_length=200, blank=True)
    chosen = models.JSONField(_("filters"), default=dict)
    created_at = models.DateTimeField(_("saved"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    new_hits = models.PositiveIntegerField(default=0, editable=False)
    counted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="one_saved_search_per_name",
                violation_error_message=_("You have a saved search of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:saved_search", args=[self.pk])
