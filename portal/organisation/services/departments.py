"""Departments, each with the one group to which permissions are granted."""

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from portal.common.errors import Invalid
from portal.organisation.models import Department, Region, User
from portal.organisation.permissions import may_open_accounts


@transaction.atomic
def create_department(
    *,
    name: str,
    short_name: str,
    uscc: str,
    region: Region,
    by: User | None,
    work_body: str = "",
    phone: str = "",
    parent: Department | None = None,
    is_competent: bool = False,
) -> Department:
    """`by` is None only when an empty installation is set up."""
    if by is not None:
        may_open_accounts(by).enforce()
    department = Department(
        name=name,
        short_name=short_name,
        uscc=uscc,
        region=region,
        parent=parent,
        work_body=work_body,
        phone=phone,
        is_competent=is_competent,
    )
    try:
        department.full_clean(exclude=["group"])
    except ValidationError as wrong:
        raise Invalid(_("The department has errors."), fields=wrong.message_dict) from wrong
    department.group = Group.objects.create(name=f"department:{uscc}")
    department.save()
    record(
        actor=by,
        action="organisation.department.create",
        target=department,
        uscc=uscc,
        region=region.code,
        is_competent=is_competent,
    )
    return department
