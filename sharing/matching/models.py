from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Resource, UpdateFrequency
from portal.organisation.models import Department, DutyKind
from sharing.permissions import APPLICANTS

if TYPE_CHECKING:
    from portal.organisation.models import User

IN_DEPARTMENTS = (*APPLICANTS, DutyKind.DEPARTMENT_HEAD, DutyKind.COMPETENT_OFFICER)


class DemandState(models.TextChoices):
    POSTED = "posted", _("waiting to be matched")
    MATCHED = "matched", _("waiting for the matched department")
    ACCEPTED = "accepted", _("to be put into the catalogue")
    LISTED = "listed", _("in the catalogue")
    REFUSED = "refused", _("refused with reasons")
    MERGED = "merged", _("merged into another demand")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN = (DemandState.POSTED, DemandState.MATCHED, DemandState.ACCEPTED)


class DemandMove(models.TextChoices):
    POST = "post", _("posted it")
    MATCH = "match", _("matched it to a department")
    ACCEPT = "accept", _("took it on: it will be in the catalogue")
    DECLINE = "decline", _("declined it")
    REFUSE = "refuse", _("refused it")
    LINK = "link", _("named the entry that answers it")
    MERGE = "merge", _("merged it into another one")
    JOIN = "join", _("needs the data too")
    WITHDRAW = "withdraw", _("withdrew it")


class DemandQuerySet(models.QuerySet["Demand"]):
    def permitted(self, party: "User") -> Self:
        """Everybody who works in a department: the list of demands (需求清单) is open among them."""
        return self if party.has_duty(*IN_DEPARTMENTS) else self.none()


class Demand(models.Model):
    """Data that a department needs for its duties, and finds in no entry of the catalogue.

    The Decree sets no time for matching nor for a first entry: nothing here has a statutory clock.
    `joined` are other departments that need it too; of one merged, its department follows the other.
    """

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="demands", verbose_name=_("needed by")
    )
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("posted by")
    )
    posted_at = models.DateTimeField(_("posted"), default=timezone.now)
    title = models.CharField(_("data needed"), max_length=100)
    description = models.TextField(_("items and scope in words"), max_length=2000)
    use_basis = models.TextField(_("basis for use"), max_length=1000)
    use_scene = models.TextField(_("scene of use"), max_length=1000)
    update_frequency = models.CharField(
        _("how fresh it has to be"), max_length=1, choices=UpdateFrequency, blank=True
    )
    wanted_by = models.DateField(_("needed from"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=DemandState, default=DemandState.POSTED
    )
    matched_to = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        related_name="matched_demands",
        verbose_name=_("matched to"),
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, related_name="demands", verbose_name=_("entry")
    )
    joined = models.ManyToManyField(
        Department, related_name="joined_demands", verbose_name=_("needed too by")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DemandQuerySet.as_manager()

    class Meta:
        verbose_name = _("demand")
        verbose_name_plural = _("demands")
        ordering = ["-posted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=(DemandState.MATCHED, DemandState.ACCEPTED))
                | Q(matched_to__isnull=False),
                name="a_matched_demand_says_to_whom",
            ),
            models.CheckConstraint(
                condition=Q(state=DemandState.MERGED, merged_into__isnull=False)
                | (~Q(state=DemandState.MERGED) & Q(merged_into=None)),
                name="a_merged_demand_says_into_which",
            ),
            models.CheckConstraint(
                condition=~Q(state=DemandState.LISTED) | Q(resource__isnull=False),
                name="a_listed_demand_names_its_entry",
            ),
            models.CheckConstraint(
                condition=~Q(matched_to=F("department")), name="a_demand_is_for_others_data"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-posted_at"], name="demand_state"),
            models.Index(fields=["department"], name="demand_department"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("matching:demand", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def audit_department_ids(self) -> list[int]:
        parties = [self.department_id, self.matched_to_id]
        return [one for one in parties if one is not None]


class DemandStep(models.Model):
    """What happened to a demand, for the people who work on it; the proof is in the audit trail."""

    demand = models.ForeignKey(Demand, models.CASCADE, related_name="steps")
    move = models.CharField(_("step"), max_length=10, choices=DemandMove)
    after = models.CharField(max_length=10, choices=DemandState)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    words = models.TextField(_("reasons"), blank=True, max_length=2000)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.move}"


class ChallengeOutcome(models.TextChoices):
    STANDS = "stands", _("it is shared as it is")
    REVIEW = "review", _("the provider has to change it")


class ChallengeQuerySet(models.QuerySet["ClassificationChallenge"]):
    def permitted(self, party: "User") -> Self:
        """The challenger's department, the provider, and the officers of the provider's region."""
        if not party.is_active:
            return self.none()
        theirs = Q(department=party.department_id) | Q(resource__department=party.department_id)
        if party.has_duty(DutyKind.COMPETENT_OFFICER) and party.department.is_competent:
            theirs |= Q(resource__department__region=party.department.region_id)
        return self.filter(theirs)


class ClassificationChallenge(models.Model):
    """That an entry should be shared, or under fewer conditions (Decree 809, Art. 15).

    The Decree sets no time for it: what follows from it is a task, and not a statutory clock.
    """

    resource = models.ForeignKey(
        Resource, models.PROTECT, related_name="challenges", verbose_name=_("resource")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="challenges", verbose_name=_("challenged by")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("challenged"), default=timezone.now)
    words = models.TextField(_("reasons"), max_length=2000)
    view = models.TextField(_("the provider's view"), max_length=2000, blank=True)
    viewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=ChallengeOutcome, blank=True)
    opinion = models.TextField(_("opinion"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        verbose_name = _("challenge of how an entry is shared")
        verbose_name_plural = _("challenges of how entries are shared")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "department"],
                condition=Q(decided_at=None),
                name="one_open_challenge_a_department_and_entry",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="")
                | (Q(decided_at__isnull=False) & ~Q(outcome="")),
                name="a_decided_challenge_has_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department} / {self.resource}"

    def get_absolute_url(self) -> str:
        return reverse("matching:challenge", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.decided_at is None

    @property
    def version(self) -> int:
        """How many of its acts there have been: raised, viewed, decided; none of them twice."""
        return 1 + bool(self.view) + (not self.is_open)

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.department_id, self.resource.department_id]
