"""The product's main job, once through, over HTTP with a real web server, worker and databases."""

import csv
import io
import time
from datetime import timedelta

import psycopg
import pytest
import requests
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from audit.verification import Kind, verify
from portal.organisation.models import DutyKind
from portal.organisation.services import systems
from tests.audit.database import behind_the_portals_back
from tests.factories import DepartmentFactory, InformationSystemFactory, UserFactory
from tests.journeys.caller import Caller
from tests.journeys.processes import web, worker

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [("11", "北京市", ""), ("1101", "市辖区", "11"), ("110101", "东城区", "1101")]
MANY = 2_000


@pytest.fixture
def civil_affairs_database():
    """The department's own database, beside the portal's, with a reader of its own."""
    given = connection.settings_dict
    name = f"{given['NAME']}_civil"
    place = {key: given[key.upper()] for key in ("user", "password", "host", "port")}
    with psycopg.connect(dbname=given["NAME"], autocommit=True, **place) as portal:
        portal.execute(f'DROP DATABASE IF EXISTS "{name}"')
        portal.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(dbname=name, autocommit=True, **place) as own:
        own.execute("CREATE TABLE mz_qhdm (dm text PRIMARY KEY, mc text NOT NULL, sjdm text)")
        with own.cursor() as cursor, cursor.copy("COPY mz_qhdm FROM STDIN") as copy:
            for row in ROWS:
                copy.write_row(row)
        own.execute(
            "INSERT INTO mz_qhdm SELECT 'X' || n, '第' || n || '村', '110101'"
            f" FROM generate_series(1, {MANY}) AS n"
        )
        yield {"database": name, **place}, own
    with psycopg.connect(dbname=given["NAME"], autocommit=True, **place) as portal:
        portal.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def until(ask, limit: float = 60):
    """What `ask` answers once it is true."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come to pass")


def run_to_its_end(steward: Caller, resource: int) -> dict:
    run = steward.send(f"/api/v1/resources/{resource}/sync-job/run/", 202)
    path = f"/api/v1/sync-runs/{run['id']}/"
    return until(
        lambda: found if (found := steward.get(path))["state"] in {"succeeded", "failed"} else None
    )


def test_from_a_departments_table_to_anothers_system_and_the_proof(
    tmp_path, civil_affairs_database
) -> None:
    place, own = civil_affairs_database
    civil, education = DepartmentFactory(), DepartmentFactory()
    competent = DepartmentFactory(is_competent=True)
    people = {
        "steward": UserFactory(department=civil, duties=[DutyKind.STEWARD]),
        "chief": UserFactory(department=civil, duties=[DutyKind.DEPARTMENT_HEAD]),
        "provider": UserFactory(department=civil, duties=[DutyKind.WORK_BODY_HEAD]),
        "officer": UserFactory(department=competent, duties=[DutyKind.COMPETENT_OFFICER]),
        "applicant": UserFactory(department=education, duties=[DutyKind.STAFF]),
        "requester": UserFactory(department=education, duties=[DutyKind.WORK_BODY_HEAD]),
    }
    system = InformationSystemFactory(department=education)
    client = systems.issue_client(system=system, by=people["requester"])
    stranger = InformationSystemFactory()
    strangers_head = UserFactory(department=stranger.department, duties=[DutyKind.WORK_BODY_HEAD])
    strangers_key = systems.issue_api_key(system=stranger, days=5, by=strangers_head).secret

    working = worker(tmp_path)
    try:
        with web(tmp_path) as address:
            who = {name: Caller(address, person.username) for name, person in people.items()}

            # 1. Publish
            resource = _publish(who)

            # 2. Connect and sync
            _connect(who["steward"], resource, place)
            first = run_to_its_end(who["steward"], resource)
            assert first["state"] == "succeeded", first
            assert first["rows_inserted"] == MANY + len(ROWS)
            own.execute("UPDATE mz_qhdm SET mc = '首都' WHERE dm = '11'")
            own.execute("DELETE FROM mz_qhdm WHERE dm = 'X1'")
            second = run_to_its_end(who["steward"], resource)
            counts = [second[f"rows_{what}"] for what in ("inserted", "updated", "deleted")]
            assert counts == [0, 1, 1]
            own.execute("ALTER TABLE mz_qhdm RENAME COLUMN mc TO mingcheng")
            broken = run_to_its_end(who["steward"], resource)
            assert broken["state"] == "failed"
            own.execute("ALTER TABLE mz_qhdm RENAME COLUMN mingcheng TO mc")

            # 3. Request, 4. agree
            number = _agree(who, resource, system.pk)

            # 5. Pull
            token = requests.post(
                f"{address}/oauth/token/",
                {"grant_type": "client_credentials"},
                auth=(client.client_id, client.client_secret),
                timeout=20,
            ).json()["access_token"]
            bearer = {"Authorization": f"Bearer {token}"}
            rows = f"{address}/api/v1/agreements/{number}/rows/"
            page = requests.get(rows, {"limit": 2}, headers=bearer, timeout=20).json()
            assert page["rows"] == [
                {"code": "11", "name": "首都"},
                {"code": "1101", "name": "市辖区"},
            ]
            going_on = {"limit": 1, "after": page["next"]}
            page = requests.get(rows, going_on, headers=bearer, timeout=20).json()
            assert page["rows"] == [{"code": "110101", "name": "东城区"}]
            export = f"{address}/api/v1/agreements/{number}/export.csv"
            exported = requests.get(export, headers=bearer, timeout=60)
            table = list(csv.reader(io.StringIO(exported.content.decode())))
            assert table[0] == ["code", "name"]
            assert len(table) == 1 + MANY + len(ROWS) - 1
            other = requests.get(
                rows, headers={"Authorization": f"Api-Key {strangers_key}"}, timeout=20
            )
            assert other.status_code == 404
            refused = requests.get(rows, {"parent_code": "11"}, headers=bearer, timeout=20)
            assert refused.status_code == 422

            who["requester"].send(
                f"/api/v1/agreements/{number}/terminate/", 200, reason="purpose met"
            )
            ended = requests.get(rows, headers=bearer, timeout=20)
            assert ended.status_code == 403
            assert ended.json()["code"] == "not_allowed"
    finally:
        working.stop()

    # 6. Prove
    assert verify().is_whole
    told = set(Entry.objects.values_list("action", flat=True))
    assert {
        "catalog.resource.publish",
        "catalog.run.start",
        "sharing.request.approve",
        "sharing.agreement.confirm",
        "sharing.agreement.conclude",
        "sharing.agreement.activate",
        "sharing.pull.finish",
        "sharing.pull.deny",
        "sharing.agreement.terminate",
    } <= told
    pull = Entry.objects.filter(action="sharing.pull.finish").latest("id")
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_entry SET actor_name = '别人' WHERE id = %s", [pull.pk])
    broken = verify().broken
    assert broken is not None
    assert (broken.kind, broken.entry_id) == (Kind.CHANGED, pull.pk)


def _publish(who: dict[str, Caller]) -> int:
    entry = who["steward"].send(
        "/api/v1/resources/",
        201,
        name="统计用区划代码",
        abstract="全国统计用区划代码。",
        resource_class="1",
        classification="03001001",
        data_format="3",
        update_frequency="6",
        sharing_attribute="conditional",
        sharing_scope="负有教育职责的部门",
        sharing_purpose="核对地区代码",
        sharing_modes=["interface", "file"],
        grade="L1",
        items=[
            {"name": "代码", "column": "code", "type": "C", "length": 12, "is_key": True},
            {"name": "名称", "column": "name", "type": "C", "length": 100},
            {"name": "上级代码", "column": "parent_code", "type": "C", "length": 12},
        ],
    )
    path = f"/api/v1/resources/{entry['id']}"
    for kind in ("secrecy", "pia"):
        assessed = {"kind": kind, "is_present": False, "is_passed": True, "findings": "none"}
        version = who["steward"].get(f"{path}/")["version"]
        who["steward"].send(f"{path}/assess/", 200, version=version, **assessed)

    def move(name: str, act: str, **body) -> None:
        version = who[name].get(f"{path}/")["version"]
        who[name].send(f"{path}/{act}/", 200, version=version, **body)

    move("steward", "submit")
    move("chief", "send-back", reasons="名称请与标准一致")
    move("steward", "submit")
    move("chief", "approve")
    move("officer", "publish")
    assert who["applicant"].get(f"{path}/")["state"] == "published"
    found = who["applicant"].get("/api/v1/resources/?q=区划代码&sharing_attribute=conditional")
    assert [one["id"] for one in found["results"]] == [entry["id"]]
    return entry["id"]


def _connect(steward: Caller, resource: int, place: dict) -> None:
    source = steward.send(
        "/api/v1/sources/",
        201,
        name="民政业务库",
        host=place["host"],
        port=place["port"],
        database=place["database"],
        username=place["user"],
        password=place["password"],
    )
    assert place["password"] not in str(source)
    steward.send(
        f"/api/v1/resources/{resource}/sync-job/",
        200,
        "put",
        source=source["id"],
        relation="public.mz_qhdm",
        mapping={"code": "dm", "name": "mc", "parent_code": "sjdm"},
        version=0,
    )


def _agree(who: dict[str, Caller], resource: int, system: int) -> str:
    request = who["applicant"].send(
        "/api/v1/requests/",
        201,
        resource=resource,
        items=["name"],
        use_basis="《义务教育法》第十二条",
        use_scene="入学资格核验",
        use_scope="本厅经办人员",
        sharing_mode="interface",
        use_until=(timezone.localdate() + timedelta(days=90)).isoformat(),
        system=system,
        is_vouched_for=True,
    )
    path = f"/api/v1/requests/{request['number']}"

    def move(name: str, act: str, **body):
        version = who[name].get(f"{path}/")["version"]
        return who[name].send(f"{path}/{act}/", 200, version=version, **body)

    move("applicant", "submit")
    received = move("requester", "approve", opinion="同意")
    clock = received["deadlines"][0]
    assert (clock["kind"], clock["rule"], clock["limit_days"]) == ("answer", "D4", 10)
    agreed = move("provider", "agree", opinion="同意")
    path = f"/api/v1/agreements/{agreed['agreement']}"
    for name, after in (("provider", "awaiting"), ("requester", "active")):
        version = who[name].get(f"{path}/versions/")[0]
        seen = {"version": version["number"], "content_hash": version["content_hash"]}
        assert who[name].send(f"{path}/confirm/", 200, **seen)["state"] == after
    agreement = who["requester"].get(f"{path}/")
    assert agreement["items"] == ["code", "name"]
    number: str = agreement["number"]
    return number
