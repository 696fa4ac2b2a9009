"""Delivery: export.csv over HTTP with key, view, role and audit on, held against psql's \\copy."""

import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import requests
from django.contrib.auth.models import Group
from django.utils import timezone

from catalog.models import Resource, ResourceState, SharingMode
from catalog.services import visibility
from portal.organisation.models import Department, DutyKind, Region, User
from portal.organisation.services import people, systems
from sharing import outlet
from sharing.models import Agreement, AgreementItem, AgreementState, RequestState, SharingRequest

from .framework import ROWS, Contender, Pair, Stage, benchmark
from .sync import business_of

CHUNK = 1 << 20


@benchmark(
    "export-csv",
    what="export.csv over HTTP: key, agreement's view, role, audit",
    against="psql \\copy of the same rows in key order",
    aim=None,
)
def export(stage: Stage) -> Pair:
    business = business_of(stage)
    business.forget()
    business.sync()
    resource = Resource.objects.get(pk=business.job.resource_id)
    agreement, secret = _agreement(resource)
    address = _web(stage)
    url = f"{address}/api/v1/agreements/{agreement.number}/export.csv"

    def pull() -> None:
        lines = 0
        with requests.get(
            url, headers={"Authorization": f"Api-Key {secret}"}, stream=True, timeout=600
        ) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_content(CHUNK):
                lines += chunk.count(b"\n")
        if lines != ROWS + 1:
            raise RuntimeError(f"{lines} lines instead of {ROWS + 1}")

    columns = ", ".join(column.name for column in outlet.columns_of(agreement))
    rows = f"SELECT {columns} FROM store.r_{resource.pk} ORDER BY code"
    copy = stage.psql_call(f"\\copy ({rows}) to /dev/null csv header")
    return Pair(ours=Contender(run=pull), other=Contender(run=lambda: stage.run(copy)), rows=ROWS)


def _agreement(resource: Resource) -> tuple[Agreement, str]:
    """An active agreement on all items, and a key of the requester's system."""
    region = Region.objects.get(pk=resource.department.region_id)
    department = Department.objects.create(
        name="Bench requester",
        short_name="requester",
        uscc="12350000003590122L",
        region=region,
        group=Group.objects.create(name="bench requester"),
    )
    head = User.objects.create_user("bench_head", name="head", department=department)
    people.appoint(person=head, kind=DutyKind.WORK_BODY_HEAD, by=None)
    head = User.objects.get(pk=head.pk)
    system = systems.register_system(name="bench", department=department, by=head)
    secret = systems.issue_api_key(system=system, days=1, by=head).secret
    Resource.objects.filter(pk=resource.pk).update(state=ResourceState.PUBLISHED)
    today = timezone.localdate()
    request = SharingRequest.objects.create(
        number="GX-0000-00001",
        resource=resource,
        requester=department,
        applicant=head,
        use_basis="bench",
        use_scene="bench",
        use_scope="bench",
        sharing_mode=SharingMode.FILE,
        use_until=today + timedelta(days=9),
        is_vouched_for=True,
        state=RequestState.AGREED,
    )
    agreement = Agreement.objects.create(
        number="GXXY-0000-0001",
        request=request,
        resource=resource,
        provider=resource.department,
        requester=department,
        purpose="bench",
        scope="bench",
        sharing_mode=SharingMode.FILE,
        starts_on=today,
        ends_on=today + timedelta(days=9),
        state=AgreementState.ACTIVE,
    )
    for item in resource.items.all():
        AgreementItem.objects.create(agreement=agreement, item=item)
    visibility.grant_pull(resource=resource, department=department, by=None)
    outlet.open_view(agreement)
    return agreement, secret


def _web(stage: Stage) -> str:
    """A web server as `make demo` runs it; it ends with this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    granian = Path(sys.executable).parent / "granian"
    command = [str(granian), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--workers", "2", "--blocking-threads", "8", "portal.wsgi:application"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stage.facts["web"] = process
    address = f"http://127.0.0.1:{port}"
    for _try in range(300):
        try:
            if requests.get(f"{address}/healthz", timeout=2).ok:
                return address
        except requests.ConnectionError:
            time.sleep(0.1)
    process.terminate()
    raise RuntimeError("the web server did not start")
