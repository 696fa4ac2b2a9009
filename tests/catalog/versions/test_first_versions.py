"""What had been published before versions were kept gets its first one by migration."""

from importlib import import_module

from django.apps import apps
from django.utils import timezone

from catalog.entry import ENTRY_FIELDS, ITEM_FIELDS
from catalog.models import Move, ResourceStep, ResourceVersion
from catalog.selectors.comparison import compare
from catalog.snapshot import snapshot_in, snapshot_of
from tests.catalog.conftest import drafted
from tests.factories import ResourceFactory

migration = import_module("catalog.migrations.0013_first_versions")


def test_every_published_entry_gets_version_one_once(cast, live):
    # given
    now = timezone.now()
    draft = drafted(cast, name="草稿")
    came = ResourceFactory(department=cast.civil, state="published", published_at=now)
    gone = ResourceFactory(department=cast.civil, state="withdrawn", published_at=now)
    step = ResourceStep.objects.create(
        resource=came, move=Move.PUBLISH, before="competent_review", after="published", by=cast.head
    )

    # when
    migration.keep_first_versions(apps, None)
    migration.keep_first_versions(apps, None)

    # then
    version = ResourceVersion.objects.get(resource=came)
    said = snapshot_of(came, list(came.items.order_by("position")))
    assert not compare(snapshot_in(version), said)
    assert (version.number, version.published_by, version.step) == (1, cast.head, step)
    assert version.visible_to == [0]
    assert ResourceVersion.objects.get(resource=gone).published_by is None
    assert not ResourceVersion.objects.filter(resource=draft).exists()
    assert live.versions.count() == 1


def test_the_migration_keeps_fields_that_an_entry_has():
    assert set(migration.ENTRY_FIELDS) <= {"code", *ENTRY_FIELDS}
    assert set(migration.ITEM_FIELDS) <= set(ITEM_FIELDS)
