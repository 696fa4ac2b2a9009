from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .resource import Resource


class PublishedInterface(models.Model):
    """A provider's own HTTP interface, through which the rows of one resource can be asked for.

    Only the portal calls it, for who holds an agreement: `sharing.delivery.interface`. `sealed_headers` is
    an object of header names and values, encrypted; `header_names` are their names, for pages and trail.
    """

    resource = models.OneToOneField(
        Resource, models.PROTECT, related_name="interface", verbose_name=_("resource")
    )
    address = models.CharField(
        _("base address"),
        max_length=500,
        help_text=_("What all paths begin with, for example https://api.example.gov/v2/."),
    )
    seconds = models.PositiveSmallIntegerField(
        _("longest time of a call in seconds"),
        default=10,
        help_text=_("From 1 to 30, further tries included."),
    )
    header_names = models.JSONField(_("secret headers"), default=list, editable=False)
    sealed_headers = models.BinaryField(editable=False, default=bytes)
    is_open = models.BooleanField(_("open"), default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    registered_at = models.DateTimeField(_("registered"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("published interface")
        verbose_name_plural = _("published interfaces")

    def __str__(self) -> str:
        return str(self.resource)

    def get_absolute_url(self) -> str:
        return reverse("catalog:interface", args=[self.resource_id])

    @property
    def audit_department_ids(self) -> list[int]:
        return [self.resource.department_id]


class CallMethod(models.TextChoices):
    GET = "GET", "GET"
    POST = "POST", "POST"


class InterfaceCall(models.Model):
    """A call that an interface allows. What is not among them is never sent.

    `path` has segments in braces that the caller fills. `rows_path` says where in the answer the rows
    lie: names joined with dots, empty for the answer itself; one object is one row.
    """

    interface = models.ForeignKey(PublishedInterface, models.CASCADE, related_name="calls")
    method = models.CharField(_("method"), max_length=4, choices=CallMethod, default=CallMethod.GET)
    path = models.CharField(
        _("path"),
        max_length=200,
        help_text=_("For example persons/{code}; what stands in braces the caller fills in."),
    )
    parameters = models.JSONField(_("parameters"), default=list)
    rows_path = models.CharField(
        _("where the rows are"),
        max_length=200,
        blank=True,
        help_text=_("Names joined with dots, for example data.items; empty: the whole answer."),
    )
    most_rows = models.PositiveIntegerField(
        _("most rows of an answer"),
        default=1_000,
        help_text=_("So many are set aside from the quota while a call runs; at most 10,000."),
    )

    class Meta:
        verbose_name = _("allowed call")
        verbose_name_plural = _("allowed calls")
        ordering = ["path", "method"]
        constraints = [
            models.UniqueConstraint(
                fields=["interface", "method", "path"],
                name="each_interface_call_once",
                violation_error_message=_("The interface has this call already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
