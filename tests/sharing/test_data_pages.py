"""The pages of an agreement's data: try the call, take and prepare exports, see who drew what."""

import os
import shutil
import subprocess
import sys

import pytest
from django.urls import reverse

from catalog.models import Resource
from portal.organisation.models import DutyKind
from portal.organisation.services.systems import issue_client
from sharing.call_examples import examples
from sharing.delivery import pages, prepared
from sharing.models import Agreement, PreparedExport, Pull
from tests.factories import UserFactory
from tests.html_checks import problems
from tests.journeys.processes import web

pytestmark = pytest.mark.django_db(transaction=True)
ENGLISH = {"accept-language": "en"}


def at(agreement, name, *more):
    return reverse(f"sharing:{name}", args=[agreement.number, *more])


def test_trying_the_call_shows_rows_or_what_is_wrong_and_is_recorded(cast, agreement, client):
    client.force_login(cast.applicant)

    shown = client.post(at(agreement, "agreement_try"), {"query": "limit=2"}, headers=ENGLISH)
    wrong = client.post(at(agreement, "agreement_try"), {"query": "nope=1"}, headers=ENGLISH)

    assert shown.status_code == 200
    assert "name 1" in shown.content.decode()
    assert 'data-label="name">name 1</td>' in shown.content.decode()
    assert "name 3" not in shown.content.decode()
    assert "more follow" in shown.content.decode()
    assert wrong.status_code == 422
    assert "Not in this agreement: nope." in wrong.content.decode()
    assert list(Pull.objects.order_by("id").values_list("result", "caller")) == [
        ("ok", "陈科员"),
        ("denied", "陈科员"),
    ]


def test_looking_at_the_page_draws_nothing(cast, agreement, client, django_assert_max_num_queries):
    client.force_login(cast.applicant)
    address = at(agreement, "agreement_data")
    client.get(address)

    with django_assert_max_num_queries(45):
        answer = client.get(address, headers=ENGLISH)

    assert answer.status_code == 200
    assert not Pull.objects.exists()
    assert "name 1" not in answer.content.decode()


def test_an_export_is_prepared_from_the_page_and_taken(cast, agreement, client):
    # given
    client.force_login(cast.applicant)
    asked = {"format": "excel", "query": "code__le=000000000002"}

    # when
    first = client.post(at(agreement, "agreement_prepare"), asked)
    again = client.post(at(agreement, "agreement_prepare"), asked)
    export = PreparedExport.objects.get()
    waiting = client.get(at(agreement, "agreement_prepared")).content.decode()
    prepared.prepare(export_id=export.pk)
    done = client.get(at(agreement, "agreement_prepared")).content.decode()
    file = client.get(at(agreement, "agreement_file", export.number))

    # then
    assert (first.status_code, again.status_code) == (302, 302)
    assert "<progress" in waiting
    assert "every 2s" in waiting
    assert "every 2s" not in done
    assert at(agreement, "agreement_file", export.number) in done
    assert file.getvalue().startswith(b"\xef\xbb\xbfcode,name\n")
    assert export.question["excel"] is True


def test_a_filter_that_is_wrong_is_told_on_the_page(cast, agreement, client):
    client.force_login(cast.applicant)

    answer = client.post(
        at(agreement, "agreement_prepare"),
        {"format": "csv", "query": "nope=1"},
        headers=ENGLISH,
    )

    assert answer.status_code == 422
    assert "Not in this agreement: nope." in answer.content.decode()
    assert not PreparedExport.objects.exists()


def test_downloads_come_in_each_format(cast, agreement, client):
    client.force_login(cast.applicant)

    for format, begin in (
        ("csv", b"code"),
        ("jsonl", b"{"),
        ("parquet", b"PAR1"),
        ("gb18030", b"c"),
    ):
        answer = client.get(at(agreement, "agreement_download"), {"format": format})
        assert answer.getvalue().startswith(begin)
    assert client.get(at(agreement, "agreement_download"), {"format": "xlsx"}).status_code == 404


def test_the_provider_sees_who_drew_what(cast, agreement, client):
    pages.rows(number=agreement.number, party=cast.system, asked={})
    pages.rows(number=agreement.number, party=cast.applicant, asked={"limit": ["2"]})
    client.force_login(cast.provider_steward)

    html = client.get(at(agreement, "agreement_drawn"), headers=ENGLISH).content.decode()

    assert "学籍系统" in html
    assert "陈科员" in html
    assert '<svg class="chart chart-bars"' in html
    assert ">7<" in html  # of the day, in the chart


def test_strangers_find_none_of_it(cast, agreement, client):
    client.force_login(cast.stranger)

    for name in ("agreement_data", "agreement_drawn", "agreement_prepared"):
        assert client.get(at(agreement, name)).status_code == 404
    for name in ("agreement_try", "agreement_prepare"):
        assert client.post(at(agreement, name), {"format": "csv"}).status_code == 404
    assert not PreparedExport.objects.exists()


def test_a_verification_agreement_shows_no_button_for_rows(cast, agreement, client):
    Agreement.objects.filter(pk=agreement.pk).update(verification_only=True)
    client.force_login(cast.applicant)

    html = client.get(at(agreement, "agreement_data"), headers=ENGLISH).content.decode()

    assert "verification only" in html
    assert "Show the first rows" not in html
    assert "/verify/" in html


def test_as_long_as_there_are_no_rows_none_are_offered(cast, agreement, client):
    Resource.objects.filter(pk=agreement.resource_id).update(rows_changed_at=None)
    client.force_login(cast.applicant)

    html = client.get(at(agreement, "agreement_data"), headers=ENGLISH).content.decode()

    assert "No rows yet" in html
    assert "Show the first rows" not in html
    assert "Prepare a file" not in html
    assert "curl" not in html
    assert problems(html) == []


def test_the_examples_run_as_they_are_written(cast, agreement, tmp_path):
    # given
    steward = UserFactory(department=cast.education, duties=[DutyKind.STEWARD])
    new = issue_client(system=cast.system, by=steward)
    secrets = {"CLIENT_ID": new.client_id, "CLIENT_SECRET": new.client_secret}
    environ = {**os.environ, **secrets, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    (tmp_path / "python3").symlink_to(sys.executable)

    with web(tmp_path) as address:
        code = {one.id: one.code for one in examples(agreement, host=address)}

        # when
        by_python = subprocess.run(
            [sys.executable, "-c", code["python"]], env=environ, capture_output=True, check=True
        )
        if shutil.which("curl"):
            subprocess.run(["bash", "-ec", code["curl"]], env=environ, cwd=tmp_path, check=True)

    # then
    assert by_python.stdout.decode().splitlines()[0] == "{'code': '000000000001', 'name': 'name 1'}"
    assert len(by_python.stdout.decode().splitlines()) == 5
    if shutil.which("curl"):
        assert (tmp_path / f"{agreement.number}.csv").read_text().startswith("code,name\n")
