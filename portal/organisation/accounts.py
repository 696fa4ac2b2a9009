"""Signing in and out: django-allauth's flow with our rules, throttled by django-axes, recorded."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from audit.identity import ANONYMOUS
from audit.models import Result
from audit.services import record
from portal.organisation.models import User
from portal.organisation.services.contact import remember_language

LONGEST_NAME = 150


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by the system administrator, so nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse | None:
        """Turn away closed accounts, and demonstration accounts where they are not allowed."""
        if getattr(user, "is_demo", False) and not settings.DEMO_ACCOUNTS_ALLOWED:
            refused: HttpResponse = self.respond_user_inactive(request, user)
            return refused
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    @transaction.atomic
    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse:
        assert isinstance(user, User)  # noqa: S101 - AUTH_USER_MODEL
        record(actor=user, action="organisation.login.succeed", target=user)
        remember_language(user=user, language=get_language() or settings.LANGUAGE_CODE)
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    @transaction.atomic
    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password, or a locked name; the name is kept, the password never."""
        locked = bool(getattr(request, "axes_locked_out", False))
        record(
            actor=ANONYMOUS,
            action="organisation.login.lock" if locked else "organisation.login.fail",
            target=None,
            result=Result.DENIED,
            username=str(credentials.get("username", ""))[:LONGEST_NAME],
        )

    @transaction.atomic
    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """People change their own password; django-allauth has checked the present one."""
        super().set_password(user, password)
        record(actor=user, action="organisation.password.change", target=user)

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            record(actor=request.user, action="organisation.logout", target=request.user)
        super().logout(request)


def keep_chosen_language(request: HttpRequest, language: str, **told: object) -> None:
    """Who switches the language is written to in it from now on."""
    if isinstance(request.user, User):
        remember_language(user=request.user, language=language)


def display_name(user: User) -> str:
    return user.name


def axes_username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that django-axes counts by; allauth calls it "username", the form "login".

    In lower case, as allauth compares: else every spelling of a name would have tries of its own.
    """
    given = credentials or {}
    name = given.get("username") or given.get("login") or request.POST.get("login", "")
    return str(name).strip().lower()[:LONGEST_NAME]
