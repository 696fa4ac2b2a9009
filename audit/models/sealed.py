"""What sealing writes: leaves, nodes, heads, keys; how far witnesses and months have come."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.notes import HeadFacts


class Leaf(models.Model):
    """The place of an entry in the tree, and the hash of its canonical bytes as RFC 6962 has it.

    Written by `sealing` only, as are nodes and heads. `entry_id` is no foreign key: a leaf
    outlives an entry that somebody removed, and so tells of it.
    """

    index = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.index} → {self.entry_id}"


class Node(models.Model):
    """A hash over 2^level leaves; `index` counts the nodes of its level. Kept so that a proof reads few."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class PublicKey(models.Model):
    """A key that signed heads, from `first_head` on."""

    key_id = models.CharField(primary_key=True, max_length=16)
    raw = models.BinaryField()
    first_head = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key_id


class WitnessState(models.Model):
    """How far a witness has come: `head` is the last that it took, `hash` that head's own.

    `failing_since` is None while it answers; `forked` says that it holds other heads than the trail.
    """

    name = models.CharField(primary_key=True, max_length=20)
    head = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=bytes)
    at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    forked = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.head}"


class MonthState(models.TextChoices):
    """Where the entries of a month are: in the table, there and in a file, or in the file alone."""

    LIVE = "live", pgettext_lazy("month of the audit trail", "in the database")
    COPIED = "copied", pgettext_lazy("month of the audit trail", "in the database, with a copy")
    ARCHIVED = "archived", pgettext_lazy("month of the audit trail", "archived")
    RESTORED = "restored", pgettext_lazy("month of the audit trail", "brought back")


class Month(models.Model):
    """A part of the table of entries, from `begins` (None: whatever came before) up to, not with, `ends`.

    `note` is the signed text about its file, see `archive.notes`; it speaks of `entries` entries
    whose leaves lie from `first_leaf` to `last_leaf`. Who changes this row hides nothing:
    an entry without its row must be found in a file, and hash to its leaf.
    """

    name = models.CharField(primary_key=True, max_length=10)
    relation = models.CharField(max_length=63, unique=True)
    begins = models.DateTimeField(null=True)
    ends = models.DateTimeField()
    entries = models.BigIntegerField(null=True)
    first_leaf = models.BigIntegerField(null=True)
    last_leaf = models.BigIntegerField(null=True)
    file = models.CharField(max_length=200, blank=True)
    bytes = models.BigIntegerField(null=True)
    note = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("month of the audit trail")
        verbose_name_plural = _("months of the audit trail")
        default_permissions = ()
        ordering = ["-ends"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(dropped_at__isnull=True)
                | ~models.Q(file="")
                | models.Q(entries=0),
                name="audit_month_dropped_only_with_its_file",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> MonthState:
        if self.dropped_at is not None:
            return MonthState.ARCHIVED
        if self.restored_at is not None:
            return MonthState.RESTORED
        return MonthState.COPIED if self.file else MonthState.LIVE


class HashAlgorithm(models.TextChoices):
    SHA256 = "sha256", "SHA-256"
    SM3 = "sm3", "SM3"


class TreeHead(models.Model):
    """One seal: the root over the first `size` entries, signed, and bound to the head before.

    `snapshot` and `cluster` tell the next seal which entries this one could see; they are not
    signed. `signatures` are the lines of the note (see `notes`), one a key.
    """

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    at = models.DateTimeField(_("time"))
    algorithm = models.CharField(max_length=10, choices=HashAlgorithm)
    origin = models.CharField()
    previous = models.BinaryField()
    signatures = models.JSONField()
    snapshot = models.CharField()
    cluster = models.CharField()

    class Meta:
        verbose_name = _("head of the audit trail")
        verbose_name_plural = _("heads of the audit trail")
        default_permissions = ()
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(algorithm__in=HashAlgorithm.values),
                name="audit_treehead_algorithm_is_known",
            )
        ]
        indexes = [models.Index(fields=["size"], name="audit_treehead_size")]

    def __str__(self) -> str:
        return f"{self.number} ({self.size})"

    @property
    def facts(self) -> HeadFacts:
        return HeadFacts(
            origin=self.origin,
            size=self.size,
            root=bytes(self.root),
            number=self.number,
            at=self.at,
            algorithm=self.algorithm,
            previous=bytes(self.previous),
            signatures=tuple(self.signatures),
        )
