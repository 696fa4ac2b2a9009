"""Decree 809, chapter 4: quality, and records of use (Art. 18 and 29). A test bears its article."""

import pytest

from catalog.models import Resource
from sharing.delivery import pages
from sharing.models import Pull
from tests.factories import UserFactory


@pytest.mark.django_db
def test_article_18_each_entry_tells_how_good_its_rows_are(shelf, signed_in):
    rows = [("甲" if number % 4 else None,) for number in range(100)]
    resource: Resource = shelf.put(rows, [{"name": "名称", "column": "name"}])
    shelf.profile(resource)
    (column,) = resource.profile.columns.filter(column="name")
    assert column.nulls == 25
    page = signed_in(UserFactory(department=resource.department)).get(f"/catalog/{resource.pk}/")
    assert "87.5" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_article_29_every_use_is_on_record_for_provider_and_supervisor(cast, agreement, signed_in):
    pages.rows(number=agreement.number, party=cast.system, asked={})

    pull = Pull.objects.get()
    assert (pull.caller, pull.rows, pull.result) == ("学籍系统", 5, "ok")
    path = f"/sharing/agreements/{agreement.number}/"
    for reader in (cast.provider_head, cast.officer, cast.head):
        assert "学籍系统" in signed_in(reader).get(path).content.decode()
    assert signed_in(cast.stranger).get(path).status_code == 404
