from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.models.entries import ClockTimestamp
from audit.notes import HeadFacts, read


class OtherPortal(models.Model):
    """Another portal whose heads are kept here, so that it cannot rebuild its trail unseen.

    `origin` is what its heads begin with. All that is kept of it is only ever added to.
    """

    name = models.SlugField(_("name"), max_length=40, unique=True)
    label = models.CharField(_("portal"), max_length=100)
    origin = models.CharField(_("origin"), max_length=200, unique=True)
    added_at = models.DateTimeField(_("since"), db_default=ClockTimestamp(), editable=False)

    class Meta:
        verbose_name = _("other portal")
        verbose_name_plural = _("other portals")
        default_permissions = ()
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("audit:other", args=[self.name])


class OtherKey(models.Model):
    """A public key that the other portal signs with: told by hand, or learned with head `since`."""

    portal = models.ForeignKey(OtherPortal, models.PROTECT, related_name="keys")
    raw = models.BinaryField()
    since = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=ClockTimestamp(), editable=False)

    class Meta:
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["portal", "raw"], name="an_other_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {bytes(self.raw).hex()[:16]}"


class OtherHead(models.Model):
    """A head of the other portal as it was signed there; there are no gaps."""

    portal = models.ForeignKey(OtherPortal, models.PROTECT, related_name="heads")
    number = models.BigIntegerField(_("head"))
    size = models.BigIntegerField()
    at = models.DateTimeField(_("time"))
    note = models.TextField()
    received_at = models.DateTimeField(db_default=ClockTimestamp(), editable=False)

    class Meta:
        default_permissions = ()
        ordering = ["portal", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["portal", "number"], name="an_other_head_once"),
        ]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.number} ({self.size})"

    @property
    def facts(self) -> HeadFacts:
        return read(self.note)


class OtherFork(models.Model):
    """A head that the other portal signed, and that contradicts what is kept: the evidence of it."""

    portal = models.ForeignKey(OtherPortal, models.PROTECT, related_name="forks")
    number = models.BigIntegerField(_("head"))
    note = models.TextField()
    words = models.CharField(max_length=300)
    received_at = models.DateTimeField(db_default=ClockTimestamp(), editable=False)

    class Meta:
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.portal_id} {self.number}: {self.words}"

    @property
    def html_id(self) -> str:
        return f"fork-{self.pk}"
