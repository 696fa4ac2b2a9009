"""What is wrong with a file is told in the language of who reads, whoever brought it in."""

from importlib import import_module

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import translation

from catalog.models import BulkImport
from catalog.services import bulk, resources
from tests.catalog.conftest import an_entry, at

from .files import ROW, typed, uploaded, written

CHINESE, ENGLISH = (
    "目录不登记国家秘密和工作秘密",
    "State secrets and work secrets cannot be catalogued",
)


def received(cast, content):
    return bulk.receive(file=uploaded(content), by=cast.steward)


def shown(client, path, language):
    return client.get(path, headers={"accept-language": language}).content.decode()


def test_problems_found_in_one_language_are_read_in_the_other(cast, signed_in, client):
    # given
    with translation.override("en"):
        found = received(cast, typed([ROW | {"is_secret": "是"}]))
    words = found.problems[0]["message"]
    page, told = at("bulk_import", found.pk), reverse("api:import-detail", args=[found.pk])
    client.force_login(cast.steward)

    # then
    assert words["en"].startswith(ENGLISH)
    for language in ("zh-hans", "en"):
        assert words[language] in shown(signed_in(cast.steward), page, language)
        answer = client.get(told, headers={"accept-language": language})
        assert answer.json()["problems"][0]["message"] == words[language]


def test_a_file_that_cannot_be_read_says_so_in_both_languages(cast):
    found = bulk.receive(file=uploaded(b"[]", "x.json"), by=cast.steward)

    assert [one["message"] for one in found.problems] == [
        {"zh-hans": "文件中没有目录。", "en": "The file holds no entry."}
    ]


def test_why_the_writing_was_refused_is_read_in_the_language_of_who_reads(cast, signed_in, client):
    # given: somebody takes the name of the second draft after the check
    found = received(cast, written([(an_entry(name="甲"), []), (an_entry(name="乙"), [])]))
    resources.create_draft(entry=an_entry(name="乙"), by=cast.other_steward)
    found = bulk.apply(bulk_import=found, by=cast.steward)
    client.force_login(cast.steward)
    told = reverse("api:import-detail", args=[found.pk])

    # then: the problem within is said in the language of the sentence around it
    for language, problem in (
        ("zh-hans", "本部门已有同名数据资源。"),
        ("en", "Your department has a resource of this name already."),
    ):
        assert problem in found.failure[language]
        page = shown(signed_in(cast.steward), at("bulk_import", found.pk), language)
        assert problem in page
        answer = client.get(told, headers={"accept-language": language})
        assert answer.json()["failure"] == found.failure[language]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_words_of_an_older_release_are_shown_as_they_were_kept(cast, signed_in, language):
    # given: as the release before wrote them, in the language of the steward
    found = received(cast, typed([ROW | {"is_secret": "是"}]))
    old = [one | {"message": "旧的说明"} for one in found.problems]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        migration = import_module("catalog.migrations.0034_words_in_every_language")
        cursor.execute(migration.BACKWARD)
        cursor.execute(
            "UPDATE catalog_bulkimport SET failure = %s WHERE id = %s", ['旧的"原因"', found.pk]
        )

        # when
        cursor.execute(migration.FORWARD)
    BulkImport.objects.filter(pk=found.pk).update(problems=old)

    # then
    page = shown(signed_in(cast.steward), at("bulk_import", found.pk), language)
    assert "旧的说明" in page
    assert "旧的&quot;原因&quot;" in page


def test_the_way_back_keeps_the_words_in_the_language_of_who_brought_the_file_in(cast):
    # given
    found, empty = received(cast, typed()), received(cast, typed([ROW | {"name": "二"}], []))
    BulkImport.objects.filter(pk=found.pk).update(
        failure={"zh-hans": "原因", "en": "reason"}, language="en"
    )
    migration = import_module("catalog.migrations.0034_words_in_every_language")

    # when
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(migration.BACKWARD)
        cursor.execute(
            "SELECT failure FROM catalog_bulkimport WHERE id = ANY(%s) ORDER BY id",
            [[found.pk, empty.pk]],
        )
        told = [words for (words,) in cursor.fetchall()]

    # then
    assert told == ["reason", ""]
