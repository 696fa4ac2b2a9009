from functools import cached_property

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.identity import Identity
from portal.workdays.clocks import today

from .department import Department


class DutyKind(models.TextChoices):
    """What a person does; the first four in a department, the others on the platform.

    The three administrators (三员分立, GB/T 22239-2019) exclude one another and every other duty.
    """

    STAFF = "staff", _("staff")
    STEWARD = "steward", _("data steward")
    WORK_BODY_HEAD = "work_body_head", _("work body head")
    DEPARTMENT_HEAD = "department_head", _("department head")
    COMPETENT_OFFICER = "competent_officer", _("competent-department officer")
    SYSTEM_ADMIN = "sys_admin", _("system administrator")
    SECURITY_ADMIN = "sec_admin", _("security administrator")
    AUDIT_ADMIN = "audit_admin", _("audit administrator")


ADMINISTRATORS = frozenset({DutyKind.SYSTEM_ADMIN, DutyKind.SECURITY_ADMIN, DutyKind.AUDIT_ADMIN})
ONE_PER_DEPARTMENT = frozenset({DutyKind.WORK_BODY_HEAD, DutyKind.DEPARTMENT_HEAD})


class UserManager(BaseUserManager["User"]):
    """Accounts are opened by `services.people`, which checks and records; this only makes the row."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A civil servant with an account. Nobody is a superuser: rights come from duties and department."""

    username = models.CharField(
        _("username"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    name = models.CharField(_("name"), max_length=50)
    job_number = models.CharField(_("job number"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        db_default=settings.LANGUAGE_CODE,
        editable=False,
        help_text=_("In which the portal was last used; e-mails come in it."),
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="people", verbose_name=_("department")
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(_("demonstration account"), default=False, editable=False)
    date_joined = models.DateTimeField(_("opened"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="one_account_per_username_in_any_case",
                violation_error_message=_("There is an account of this name already."),
            ),
            models.UniqueConstraint(
                fields=["department", "job_number"],
                condition=~models.Q(job_number=""),
                name="one_person_per_job_number",
            ),
            models.CheckConstraint(
                condition=models.Q(is_superuser=False), name="nobody_is_a_superuser"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def duties(self) -> frozenset[str]:
        """The kinds of duty this person holds now, also for whom they stand in; read once an instance."""
        absent = self.substitutions.on(today()).values("absent")
        stood_in_for = Q(user__in=absent, department=self.department_id) & ~Q(
            kind__in=sorted(ADMINISTRATORS)
        )
        held = Duty.objects.filter(Q(user=self) | stood_in_for)
        return frozenset(held.values_list("kind", flat=True))

    def has_duty(self, *kinds: str) -> bool:
        """Whether the person is active and holds at least one of `kinds`."""
        return self.is_active and not self.duties.isdisjoint(kinds)

    @property
    def is_staff(self) -> bool:
        """Who may open Django's admin: the system administrator, to look at reference tables."""
        return self.has_duty(DutyKind.SYSTEM_ADMIN)

    def get_absolute_url(self) -> str:
        return reverse("organisation:person", args=[self.pk])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def audit_identity(self) -> Identity:
        return Identity(
            kind="person",
            id=str(self.pk),
            name=self.name,
            department_id=self.department_id,
            department=self.department.name,
        )


class Duty(models.Model):
    """A duty that a person holds in their own department, or on the platform."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="duty_set", verbose_name=_("person")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="duties", verbose_name=_("department")
    )
    kind = models.CharField(_("duty"), max_length=20, choices=DutyKind)
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="each_duty_once_a_person"),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(kind__in=sorted(ADMINISTRATORS)),
                name="three_administrators_are_three_people",
                violation_error_message=_(
                    "A person can hold only one of the three administrator duties."
                ),
            ),
            models.UniqueConstraint(
                fields=["department", "kind"],
                condition=models.Q(kind__in=sorted(ONE_PER_DEPARTMENT)),
                name="one_head_of_each_kind_a_department",
                violation_error_message=_("This department has such a head already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_kind_display()}"
