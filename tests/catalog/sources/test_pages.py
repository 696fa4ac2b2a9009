"""What stewards, colleagues, officers and strangers see of sources, jobs and runs."""

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from catalog.models import RunState, Source, SyncJob, SyncRun
from catalog.services import run_queue, sync_runs
from catalog.sources import credentials
from catalog.sources.progress import READING, Progress
from tests.factories import DepartmentFactory
from tests.html_checks import problems

from .database import PASSWORD, READER
from .looking import look

ROWS = [("1", "甲", None), ("2", "乙", "1")]


@pytest.fixture
def job(business, resource):
    business.fill(ROWS)
    return business.job(resource)


def form_of_source(business, **changes):
    place = business.place()
    return {
        "kind": "postgresql",
        "name": "业务库",
        "host": place.host,
        "port": place.port,
        "database": place.database,
        "username": place.username,
        "password": place.password,
        **changes,
    }


def test_a_steward_registers_a_source_and_sees_that_it_answers(client, steward, business):
    look(client, steward, "catalog:source_list")
    look(client, steward, "catalog:source_create")
    look(client, steward, "catalog:source_create", kind="postgresql")

    response = client.post(
        reverse("catalog:source_create"), form_of_source(business), follow=True,
        HTTP_ACCEPT_LANGUAGE="en",
    )  # fmt: skip

    source = Source.objects.get()
    page = response.content.decode()
    assert (source.department, source.test_failure) == (steward.department, "")
    assert credentials.unseal(source.sealed_password) == PASSWORD
    assert "PostgreSQL 1" in page
    assert "answers" in page
    assert PASSWORD not in page
    assert problems(page) == []
    assert list(Entry.objects.order_by("pk").values_list("action", "result")) == [
        ("catalog.source.register", "ok"),
        ("catalog.source.test", "ok"),
    ]


def test_a_source_that_does_not_answer_says_why_and_what_to_do(client, steward, business):
    client.force_login(steward)

    response = client.post(
        reverse("catalog:source_create"), form_of_source(business, password="wrong"), follow=True,
        HTTP_ACCEPT_LANGUAGE="en",
    )  # fmt: skip

    page = response.content.decode()
    assert f"The source refused the user “{READER}” or the password." in page
    assert "enter the password again" in page
    assert "does not answer" in page
    assert Source.objects.get().test_failure == "wrong_password"


def test_the_form_of_a_source_never_shows_the_password(client, steward, job):
    page = look(client, steward, "catalog:source_edit", job.source.pk)

    assert PASSWORD not in page
    assert "Empty keeps the stored one" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "a b"}, "Enter one host name or address."),
        ({"password": ""}, "This field is required."),
        ({"port": "70000"}, "65535"),
    ],
)
def test_a_wrong_source_is_not_registered(client, steward, business, changes, words):
    client.force_login(steward)

    response = client.post(
        reverse("catalog:source_create"), form_of_source(business, **changes),
        HTTP_ACCEPT_LANGUAGE="en",
    )  # fmt: skip

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Source.objects.exists()
    assert not Entry.objects.exists()


def test_a_source_that_moves_wants_its_password(client, steward, job, business):
    client.force_login(steward)
    url = reverse("catalog:source_edit", args=[job.source.pk])
    given = form_of_source(business, password="", version=1)

    stays = client.post(url, {**given, "name": "新名称"})
    moves = client.post(
        url, {**given, "host": "localhost", "version": 2}, HTTP_ACCEPT_LANGUAGE="en"
    )

    assert stays.status_code == 302
    assert moves.status_code == 422
    assert "Enter the password again" in moves.content.decode()
    job.source.refresh_from_db()
    assert (job.source.name, job.source.host) == ("新名称", "127.0.0.1")
    assert credentials.unseal(job.source.sealed_password) == PASSWORD


def test_two_stewards_do_not_overwrite_each_other(client, steward, job, business):
    client.force_login(steward)
    url = reverse("catalog:source_edit", args=[job.source.pk])
    client.post(url, form_of_source(business, name="a", version=1))

    late = client.post(
        url, form_of_source(business, name="b", version=1), HTTP_ACCEPT_LANGUAGE="en"
    )

    assert late.status_code == 422
    assert "Somebody else has changed this source" in late.content.decode()
    assert Source.objects.get(pk=job.source.pk).name == "a"


def test_a_job_is_set_up_from_what_the_source_says(client, steward, resource, business):
    # given
    business.run("CREATE TABLE qh (code varchar(12) PRIMARY KEY, mc text, parent_code text, x int)")
    business.run("COMMENT ON COLUMN qh.mc IS '名称'")
    source = business.source(resource.department)
    assert "Set up the sync job" in look(client, steward, "catalog:sync_job", resource.pk)

    # when
    first = look(client, steward, "catalog:sync_job_edit", resource.pk, source=source.pk)
    second = look(
        client, steward, "catalog:sync_job_edit", resource.pk,
        source=source.pk, relation="public.qh",
    )  # fmt: skip
    given = {"source": source.pk, "relation": "public.qh", "version": 0}
    mapping = {"item_code": "code", "item_name": "mc", "item_parent_code": "parent_code"}
    url = reverse("catalog:sync_job_edit", args=[resource.pk])
    given |= {"mode": "full", "overlap": 0, "sweep": "none", "sweep_every": 1}
    saved = client.post(url, {**given, **mapping})

    # then
    assert "public.qh" in first
    assert '<option value="mc" selected>mc (text) · 名称</option>' in second
    assert saved.status_code == 302
    job = SyncJob.objects.get()
    assert job.mapping == {"code": "code", "name": "mc", "parent_code": "parent_code"}
    assert job.source_types == {
        "code": "character varying(12)",
        "mc": "text",
        "parent_code": "text",
    }
    assert Entry.objects.get().action == "catalog.sync_job.set_up"
    look(client, steward, "catalog:sync_job", resource.pk)

    # and a second steward with the old page is told
    late = client.post(url, {**given, **mapping}, HTTP_ACCEPT_LANGUAGE="en")
    assert late.status_code == 422
    assert "Somebody else has changed this sync job" in late.content.decode()


def test_every_item_wants_a_column(client, steward, resource, business):
    business.fill(ROWS)
    source = business.source(resource.department)
    client.force_login(steward)

    response = client.post(
        reverse("catalog:sync_job_edit", args=[resource.pk]),
        {
            "source": source.pk, "relation": "public.divisions", "version": 0,
            "item_code": "code", "item_name": "", "item_parent_code": "parent_code",
        },
        HTTP_ACCEPT_LANGUAGE="en",
    )  # fmt: skip

    page = response.content.decode()
    assert response.status_code == 422
    assert "Choose a column of the source." in page
    assert problems(page) == []
    assert not SyncJob.objects.exists()


def test_another_departments_source_cannot_be_used(client, steward, resource, business):
    business.fill(ROWS)
    foreign = business.source(DepartmentFactory())
    client.force_login(steward)

    page = look(
        client, steward, "catalog:sync_job_edit", resource.pk,
        source=foreign.pk, relation="public.divisions",
    )  # fmt: skip

    assert foreign.name not in page
    assert 'value="public.divisions"' not in page


def test_a_source_that_is_away_is_said_in_the_wizard(client, steward, job):
    Source.objects.update(port=1)

    page = look(client, steward, "catalog:sync_job_edit", job.resource.pk)

    assert "Nothing answers at 127.0.0.1, port 1." in page


def test_the_schedule_is_set_on_the_page(client, steward, job):
    client.force_login(steward)
    url = reverse("catalog:sync_schedule", args=[job.resource.pk])

    good = client.post(url, {"rhythm": "weekly", "at": "06:30", "weekday": "0", "day": ""})
    bad = client.post(url, {"rhythm": "monthly", "at": "06:30", "weekday": "0", "day": "31"})

    assert (good.status_code, bad.status_code) == (302, 422)
    page = look(client, steward, "catalog:sync_job", job.resource.pk)
    assert "every Sunday at 06:30" in page


def test_a_run_is_started_and_watched(client, steward, job):
    # given
    client.force_login(steward)

    # when
    response = client.post(reverse("catalog:run_start", args=[job.resource.pk]))

    # then
    run = SyncRun.objects.get()
    assert response.url == reverse("catalog:run", args=[run.pk])
    queued = look(client, steward, "catalog:run", run.pk)
    assert "Waiting for a free worker" in queued
    assert 'hx-trigger="every 2s"' in queued
    again = client.post(reverse("catalog:run_start", args=[job.resource.pk]))
    assert again.status_code == 409

    SyncRun.objects.update(state=RunState.RUNNING, attempt=1, started_at=timezone.now())
    progress = Progress(run.pk)
    progress.expect(4)
    progress.enter(READING)
    progress.read(b"1\n2\n")
    progress.note("connected", product="PostgreSQL 18")
    live = reverse("catalog:run_live", args=[run.pk])
    partial = client.get(live, {"state": "running"}, HTTP_ACCEPT_LANGUAGE="en")
    assert "50 % read" in partial.content.decode()
    assert "of about 4" in partial.content.decode()
    assert "Connected to PostgreSQL 18" in partial.content.decode()
    assert "HX-Refresh" not in partial
    assert "no-store" in partial["Cache-Control"]
    assert client.get(live, {"state": "queued"})["HX-Refresh"] == "true"

    sync_runs.execute(run_id=run.pk)
    done = look(client, steward, "catalog:run", run.pk)
    assert "The rows are published" in done
    assert "hx-trigger" not in done
    assert client.get(live, {"state": "running"})["HX-Refresh"] == "true"


def test_a_failed_run_says_what_failed_and_what_to_do(client, steward, job, business):
    business.run("ALTER TABLE divisions RENAME name TO title")
    run = run_queue.start_run(job=job, by=steward)
    sync_runs.execute(run_id=run.pk)

    page = look(client, steward, "catalog:run", run.pk)

    assert "These columns are gone from the source: name. No row was moved." in page
    assert "choose the new ones in the sync job" in page
    assert f"Next: the data stewards of {job.resource.department.short_name}" in page
    assert "Try again" in page
    listed = look(client, steward, "catalog:run_list", state="failed")
    assert "These columns are gone" in listed


def test_history_is_drawn_and_told(client, steward, job, business):
    for number in range(3):
        business.run("INSERT INTO divisions VALUES (%s, 'x', NULL)", [str(10 + number)])
        run = run_queue.start_run(job=job, by=steward)
        sync_runs.execute(run_id=run.pk)

    page = look(client, steward, "catalog:sync_job", job.resource.pk)

    assert 'id="history-read-title"' in page
    assert 'id="history-seconds-title"' in page
    assert page.count('href="/catalog/runs/') >= 3


def test_lists_ask_few_questions(client, steward, job, django_assert_max_num_queries):
    for number in range(30):
        SyncRun.objects.create(job=job, number=number + 100, state=RunState.SUCCEEDED)
    client.force_login(steward)
    client.get(reverse("catalog:run_list"))

    with django_assert_max_num_queries(17):
        client.get(reverse("catalog:run_list"))
    with django_assert_max_num_queries(17):
        client.get(reverse("catalog:source_list"))
