"""How a job is told what to read: refused, changed, chosen on the page."""

import pytest
from django.urls import reverse

from audit.models import Entry
from catalog.models import SyncPosition
from catalog.services import sync_jobs
from catalog.services.sources import SourceData, change_source
from catalog.services.sync_jobs import ReadingData, set_up_job
from portal.common.errors import Invalid

from .looking import look
from .readings import MAPPING, read


def set_up(business, resource, steward, **reading):
    return set_up_job(
        resource=resource, source=business.source(resource.department), by=steward, version=0,
        relation="public.divisions", mapping=MAPPING, reading=ReadingData(**reading),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reading", "fields"),
    [
        ({"mode": "incremental"}, {"watermark_column"}),
        ({"mode": "incremental", "watermark_column": "name"}, {"watermark_column"}),
        ({"mode": "full", "watermark_column": "changed"}, {"watermark_column"}),
        ({"mode": "append", "sweep": "keys"}, {"sweep"}),
        ({"mode": "other"}, {"mode"}),
        ({"overlap": -1}, {"overlap"}),
        ({"sweep_every": 0}, {"sweep_every"}),
        ({"sweep": "x"}, {"sweep"}),
    ],
)
def test_a_reading_that_cannot_be_is_refused(changing, resource, steward, reading, fields):
    with pytest.raises(Invalid) as refused:
        set_up(changing, resource, steward, **reading)

    assert set(refused.value.fields) == fields
    assert not Entry.objects.filter(action="catalog.sync_job.set_up").exists()


def test_whoever_changes_job_or_place_has_everything_read_again(changing, resource, steward):
    # given
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 1)")
    reading = {"mode": "incremental", "watermark_column": "changed", "overlap": 5}
    job = set_up(changing, resource, steward, **reading)
    read(job)
    before = SyncPosition.objects.count()

    # when
    sync_jobs.set_up_job(
        resource=resource, source=job.source, relation=job.relation, mapping=MAPPING,
        reading=ReadingData(**reading), version=1, by=steward,
    )  # fmt: skip
    after_job = SyncPosition.objects.count()
    read(job)
    place = changing.place()
    data = SourceData(
        name="umbenannt", host="localhost", port=place.port, database=place.database,
        username=place.username, password=place.password,
    )  # fmt: skip
    change_source(source=job.source, version=1, data=data, by=steward)

    # then
    assert (before, after_job, SyncPosition.objects.count()) == (1, 0, 0)
    facts = Entry.objects.filter(action="catalog.sync_job.set_up").first().data["reading"]
    assert facts == {**reading, "sweep": "none", "sweep_every": 1}


def test_the_mode_is_chosen_and_shown_on_the_page(client, changing, resource, steward):
    # given
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 41)")
    source = changing.source(resource.department)
    form = look(
        client, steward, "catalog:sync_job_edit", resource.pk,
        source=source.pk, relation="public.divisions",
    )  # fmt: skip

    # when
    saved = client.post(
        reverse("catalog:sync_job_edit", args=[resource.pk]),
        {
            "source": source.pk, "relation": "public.divisions", "version": 0,
            "item_code": "code", "item_name": "name", "item_parent_code": "parent_code",
            "mode": "incremental", "watermark_column": "changed", "overlap": 30,
            "sweep": "keys", "sweep_every": 7,
        },
    )  # fmt: skip
    read(resource.sync_job)
    page = look(client, steward, "catalog:sync_job", resource.pk)

    # then
    assert '<option value="changed">changed (bigint)</option>' in form
    assert '<option value="name">name (text)</option>' not in form.split("watermark_column")[1]
    assert saved.status_code == 302
    assert "what changed since the last run" in page
    assert '<dd class="code">41</dd>' in page
    assert "every 7 runs" in page
