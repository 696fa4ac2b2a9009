"""An agreement on all of the rows, and the web server that serves it, for whatever measures delivery."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import requests
from django.contrib.auth.models import Group
from django.utils import timezone

from catalog.models import Resource, ResourceState, SharingMode
from catalog.services import visibility
from portal.organisation.models import Department, DutyKind, Region, User
from portal.organisation.services import people, systems
from sharing import outlet
from sharing.models import (
    Agreement,
    AgreementItem,
    AgreementState,
    Pull,
    PullResult,
    RequestState,
    SharingRequest,
)

from .framework import ROWS, Stage
from .sync import business_of


@dataclass
class Granted:
    """An agreement on all items of the benchmark's resource, and the web server that serves it."""

    resource: Resource
    agreement: Agreement
    secret: str
    address: str
    columns: str

    def url(self, last: str) -> str:
        return f"{self.address}/api/v1/agreements/{self.agreement.number}/{last}"

    def rows(self, columns: str = "") -> str:
        """The same rows as SQL, straight from the store's table."""
        return f"SELECT {columns or self.columns} FROM store.r_{self.resource.pk} ORDER BY code"

    def curl(self, last: str) -> subprocess.Popen[bytes]:
        """The call by curl to the null device: as light a client as psql's own."""
        key = f"Authorization: Api-Key {self.secret}"
        return subprocess.Popen(
            ["curl", "-sf", "-H", key, "-o", "/dev/null", self.url(last)],
        )

    def ask(self, last: str, *options: str, into: Path) -> None:
        """A call by curl whose answer is kept in a file."""
        key = f"Authorization: Api-Key {self.secret}"
        subprocess.run(
            ["curl", "-sf", "-H", key, "-o", str(into), *options, self.url(last)],
            check=True,
            timeout=600,
        )

    def pull(self, last: str, *, at_once: int = 1) -> None:
        """Draw it, `at_once` times; fails unless each was noted as complete with every row."""
        before = Pull.objects.count()
        for one in [self.curl(last) for _number in range(at_once)]:
            if one.wait(600):
                raise RuntimeError(f"curl ended with {one.returncode} for {last}")
        # A client that was told the length has it all a moment before the server has noted that.
        patience = time.monotonic() + 10
        while Pull.objects.count() - before < at_once and time.monotonic() < patience:
            time.sleep(0.01)
        noted = Pull.objects.order_by("-id")[:at_once]
        if Pull.objects.count() - before != at_once or any(
            (pull.result, pull.rows) != (PullResult.OK, ROWS) for pull in noted
        ):
            raise RuntimeError(f"{last} did not give {ROWS} rows")


def granted(stage: Stage) -> Granted:
    found = stage.facts.get("granted")
    if isinstance(found, Granted):
        return found
    business = business_of(stage)
    business.forget()
    business.sync()
    resource = Resource.objects.get(pk=business.job.resource_id)
    agreement, secret = agreement_on(resource)
    columns = ", ".join(column.name for column in outlet.columns_of(agreement))
    made = Granted(resource, agreement, secret, web(stage), columns)
    stage.facts["granted"] = made
    return made


def by_copy(stage: Stage, one: Granted) -> str:
    return stage.psql_call(f"\\copy ({one.rows()}) to /dev/null csv header")


def web_memory(stage: Stage) -> str:
    """The most memory that any process of the web server has had."""
    web = stage.facts["web"]
    if not isinstance(web, subprocess.Popen):
        return ""
    most = 0
    for process in [psutil.Process(web.pid), *psutil.Process(web.pid).children(recursive=True)]:
        status = Path(f"/proc/{process.pid}/status").read_text()
        most = max(most, int(status.split("VmHWM:")[1].split()[0]))
    return f"web process at most {most // 1024} MB"


AT_ONCE = 8


def agreement_on(resource: Resource) -> tuple[Agreement, str]:
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
        # Never reached, and counted all the same.
        calls_a_day=10**8,
        rows_a_day=10**12,
        exports_at_once=100,
    )
    for item in resource.items.all():
        AgreementItem.objects.create(agreement=agreement, item=item)
    visibility.grant_pull(resource=resource, department=department, by=None)
    outlet.open_view(agreement)
    return agreement, secret


def web(stage: Stage) -> str:
    """A web server as `make demo` runs it; it ends with this process."""
    return serve(stage, "web", "portal.wsgi:application")


def serve(stage: Stage, name: str, application: str, **environ: str) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    granian = Path(sys.executable).parent / "granian"
    command = [str(granian), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--workers", "2", "--blocking-threads", "8", application],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environ},
    )
    stage.facts[name] = process
    address = f"http://127.0.0.1:{port}"
    for _try in range(600):
        try:
            if requests.get(f"{address}/healthz", timeout=2).ok:
                return address
        except requests.RequestException:
            time.sleep(0.1)
    process.terminate()
    raise RuntimeError(f"the server of {application} did not start")
