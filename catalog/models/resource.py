from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from catalog.querysets import ResourceQuerySet
from portal.organisation.models import Department

from .terms import (
    BasisKind,
    DataFormat,
    Grade,
    NationalGrade,
    ResourceClass,
    ResourceState,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
    Visibility,
)

UNFINISHED = (ResourceState.DRAFT, ResourceState.RETURNED)
IN_REVIEW = (ResourceState.HEAD_REVIEW, ResourceState.COMPETENT_REVIEW)
ENDED = (ResourceState.MERGED, ResourceState.DISCARDED)  # the ends of a change
OF_ENTRIES = (*UNFINISHED, *IN_REVIEW, ResourceState.PUBLISHED, ResourceState.WITHDRAWN)
OF_CHANGES = (*UNFINISHED, *IN_REVIEW, *ENDED)


class Resource(models.Model):
    """A catalogue entry: one described dataset of a department, with the rows it may come to hold.

    Who sees it is decided by `ResourceQuerySet.permitted` alone. `visible_to` and `search` are
    derived, for fast lists: `catalog.projection` and `catalog.search` say from what. So are
    `sharing_attribute` and `grade` of an entry with items: the strictest and the highest of theirs
    (`catalog.entry.derive`). `facets` is the database's own: what lists count, in one text. `version`
    counts the writes of the entry, so that two stewards who edit at once do not overwrite each other.
    `edited_by`, `submitted_by` and `approved_by` are the last hands it went through (four eyes).

    A row with `revision_of` is a change of that published entry: a draft beside it that goes the
    same way and bears the same code. It is never published itself; its content is written onto the
    entry (`catalog.services.versions`), so that all that refers to the entry goes on doing so.
    """

    code = models.CharField(_("resource code"), max_length=40, db_index=True, editable=False)
    revision_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="revisions",
        verbose_name=_("change of"),
    )
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=300, blank=True)
    abstract = models.TextField(
        _("abstract"), blank=True, max_length=2000, validators=[MaxLengthValidator(2000)]
    )
    tags = ArrayField(
        models.CharField(max_length=30), verbose_name=_("tags"), default=list, blank=True
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="resources", verbose_name=_("provider")
    )
    source_department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source department"),
        help_text=_("Who collects the data (Art. 19), when it is not the provider itself."),
    )
    source_system = models.CharField(_("source system"), max_length=100, blank=True)
    collection_basis = models.CharField(_("legal basis of collection"), max_length=500, blank=True)
    resource_class = models.CharField(_("resource class"), max_length=1, choices=ResourceClass)
    classification = models.CharField(
        _("classification"),
        max_length=20,
        validators=[
            RegexValidator(
                r"^[0-9]{5,20}$",
                _("Digits only: two for the item, three for the heading, then the sub-heading."),
            )
        ],
        help_text=_("Item, heading and sub-heading of the classification, for example 07012001."),
    )
    data_format = models.CharField(_("data format"), max_length=1, choices=DataFormat)
    update_frequency = models.CharField(
        _("update frequency"), max_length=1, choices=UpdateFrequency
    )
    spatial_code = models.CharField(
        _("spatial cover"),
        max_length=12,
        blank=True,
        validators=[
            RegexValidator(
                r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$",
                _("The code of an administrative division: 2, 4, 6, 9 or 12 digits."),
            )
        ],
        help_text=_("The administrative division that the data cover, by its code."),
    )
    temporal_from = models.DateField(_("covers the time from"), null=True, blank=True)
    temporal_to = models.DateField(_("covers the time to"), null=True, blank=True)
    sharing_attribute = models.CharField(
        _("sharing attribute"), max_length=15, choices=SharingAttribute
    )
    sharing_scope = models.TextField(
        _("sharing scope"), blank=True, max_length=1000, validators=[MaxLengthValidator(1000)]
    )
    sharing_purpose = models.TextField(
        _("purpose of use"), blank=True, max_length=1000, validators=[MaxLengthValidator(1000)]
    )
    sharing_conditions = models.TextField(
        _("other conditions"), blank=True, max_length=1000, validators=[MaxLengthValidator(1000)]
    )
    not_shared_reason = models.TextField(
        _("reason for not sharing"),
        blank=True,
        max_length=1000,
        validators=[MaxLengthValidator(1000)],
    )
    basis_kind = models.CharField(_("kind of basis"), max_length=12, choices=BasisKind, blank=True)
    basis_title = models.CharField(_("title of the basis"), max_length=200, blank=True)
    basis_article = models.CharField(_("article"), max_length=50, blank=True)
    sharing_modes = ArrayField(
        models.CharField(max_length=10, choices=SharingMode),
        verbose_name=_("sharing modes"),
        default=list,
        blank=True,
    )
    is_open = models.BooleanField(
        _("open to the public"),
        default=False,
        help_text=_("Whoever visits the portal sees the entry, without signing in."),
    )
    open_conditions = models.CharField(_("conditions of opening"), max_length=500, blank=True)
    visibility = models.CharField(
        _("visibility"),
        max_length=12,
        choices=Visibility,
        default=Visibility.DEPARTMENTS,
        help_text=_("Who finds the entry once it is published."),
    )
    audience_departments = ArrayField(
        models.IntegerField(), verbose_name=_("departments that see it"), default=list, blank=True
    )
    audience_regions = ArrayField(
        models.IntegerField(), verbose_name=_("regions that see it"), default=list, blank=True
    )
    grade = models.CharField(_("grade"), max_length=2, choices=Grade)
    national_grade = models.CharField(
        _("national grade"),
        max_length=10,
        choices=NationalGrade,
        default=NationalGrade.GENERAL,
    )
    related_codes = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("related resources"),
        default=list,
        blank=True,
        help_text=_("Their resource codes."),
    )
    contact_name = models.CharField(_("contact"), max_length=50, blank=True)
    contact_phone = models.CharField(_("contact telephone"), max_length=30, blank=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    is_synthetic = models.BooleanField(
        _("synthetic data"),
        default=False,
        help_text=_("Made for demonstration; about no real person."),
    )
    facets = models.GeneratedField(
        expression=Concat(
            "sharing_attribute",
            Value("|"),
            "resource_class",
            Value("|"),
            Case(When(is_open=True, then=Value("yes")), default=Value("no")),
            Value("|"),
            "update_frequency",
            Value("|"),
            "data_format",
            Value("|"),
            "grade",
            output_field=models.CharField(),
        ),
        output_field=models.CharField(max_length=40),
        db_persist=True,
        editable=False,
    )
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=ResourceState,
        default=ResourceState.DRAFT,
        editable=False,
    )
    state_since = models.DateTimeField(
        _("in this state since"), default=timezone.now, editable=False
    )
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("last edited by"),
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    visible_to = ArrayField(models.IntegerField(), default=list, editable=False)
    search = SearchVectorField(null=True, editable=False)
    name_search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    row_count = models.BigIntegerField(_("rows"), null=True, blank=True, editable=False)
    rows_changed_at = models.DateTimeField(_("rows updated"), null=True, blank=True, editable=False)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        permissions = [("pull_resource", "Can pull the rows of a resource")]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(revision_of__isnull=True),
                name="one_resource_per_code",
            ),
            models.UniqueConstraint(
                fields=["revision_of"],
                condition=Q(revision_of__isnull=False) & ~Q(state__in=ENDED),
                name="one_open_change_per_resource",
                violation_error_message=_("A change of this entry is being prepared already."),
            ),
            models.CheckConstraint(
                condition=Q(revision_of__isnull=True, state__in=OF_ENTRIES)
                | Q(revision_of__isnull=False, state__in=OF_CHANGES),
                name="changes_are_never_published_themselves",
            ),
            models.UniqueConstraint(
                fields=["department", "name"],
                condition=Q(revision_of__isnull=True) & ~Q(state=ResourceState.WITHDRAWN),
                name="one_resource_per_name_and_department",
                violation_error_message=_("Your department has a resource of this name already."),
            ),
            models.CheckConstraint(
                condition=~Q(sharing_attribute=SharingAttribute.CONDITIONAL)
                | ~(Q(sharing_scope="") | Q(sharing_purpose=""))
                | Q(state__in=UNFINISHED),
                name="conditional_states_scope_and_purpose",
            ),
            models.CheckConstraint(
                condition=~Q(sharing_attribute=SharingAttribute.UNCONDITIONAL)
                | Q(sharing_scope="", sharing_purpose="", sharing_conditions="")
                | Q(state__in=UNFINISHED),
                name="unconditional_takes_no_condition",
            ),
            models.CheckConstraint(
                condition=~Q(sharing_attribute=SharingAttribute.NOT_SHARED)
                | ~(
                    Q(not_shared_reason="")
                    | Q(basis_kind="")
                    | Q(basis_title="")
                    | Q(basis_article="")
                )
                | Q(state__in=UNFINISHED),
                name="not_shared_states_its_basis",
            ),
            models.CheckConstraint(
                condition=Q(is_open=False)
                | Q(visibility=Visibility.DEPARTMENTS)
                | Q(state__in=UNFINISHED),
                name="open_to_the_public_is_open_to_departments",
            ),
            models.CheckConstraint(
                condition=Q(temporal_to__isnull=True)
                | Q(temporal_from__isnull=True)
                | Q(temporal_from__lte=models.F("temporal_to")),
                name="temporal_cover_runs_forward",
                violation_error_message=_("The time covered ends before it begins."),
            ),
        ]
        indexes = [
            GinIndex(fields=["visible_to"], name="resource_visible_to"),
            GinIndex(fields=["search"], name="resource_search"),
            models.Index(fields=["-updated_at", "-id"], name="resource_recent"),
            models.Index(fields=["department", "state"], name="resource_department_state"),
            models.Index(
                fields=["state_since", "id"],
                condition=Q(state__in=(*IN_REVIEW, ResourceState.RETURNED)),
                name="resource_waiting",
            ),
            models.Index(
                fields=["state"],
                include=[
                    "facets",
                    "department",
                    "update_frequency",
                    "rows_changed_at",
                    "visible_to",
                    "updated_at",
                    "id",
                ],
                name="resource_facets",
            ),
            models.Index(fields=["name"], name="resource_name"),
            models.Index(fields=["name_en"], condition=~Q(name_en=""), name="resource_name_en"),
            models.Index(fields=["classification"], name="resource_classification"),
            models.Index(fields=["-published_at"], name="resource_published"),
            GinIndex(fields=["tags"], name="resource_tags"),
            GinIndex(fields=["related_codes"], name="resource_related_codes"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:resource", args=[self.pk])

    @property
    def is_published(self) -> bool:
        return self.state == ResourceState.PUBLISHED

    @property
    def is_change(self) -> bool:
        """Whether it is a change of a published entry, and no entry of its own."""
        return self.revision_of_id is not None

    @property
    def has_rows(self) -> bool:
        """Whether a sync has brought rows into the store, so that they can be delivered."""
        return self.rows_changed_at is not None

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.department_id]


class ResourceGroupPermission(GroupObjectPermissionBase):
    """The truth about object permissions: guardian's grants on resources, to department groups."""

    content_object = models.ForeignKey(Resource, models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        indexes = [
            models.Index(
                fields=["content_object", "permission", "group"], name="resource_grant_by_object"
            ),
        ]
