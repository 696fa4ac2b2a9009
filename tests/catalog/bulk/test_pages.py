"""The pages and the API of imports, and of many entries chosen at once."""

import io
import json
import zipfile

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from catalog.bulk.layout import ENTRIES
from catalog.models import BulkImport, Resource
from catalog.services import bulk, resources
from portal.organisation.models import DutyKind
from tests.catalog.conftest import an_entry, approved, at, drafted, published, some_items, submitted
from tests.factories import UserFactory
from tests.html_checks import fragment_problems, problems

from .files import ROW, typed, uploaded


def received(cast, content, name="目录.xlsx"):
    return bulk.receive(file=uploaded(content, name), by=cast.steward)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_well_formed_in_both_languages(cast, signed_in, language):
    ready = received(cast, typed())
    bad = received(cast, typed([ROW | {"sharing_attribute": "随便"}]))
    done = bulk.apply(
        bulk_import=received(cast, typed([ROW | {"name": "另"}], [])), by=cast.steward
    )
    draft = drafted(cast, name="草稿")
    gap = resources.create_draft(entry=an_entry(name="缺", abstract=""), by=cast.steward)
    mine = submitted(cast, name="待审")
    visits = [
        (cast.steward, at("bulk_imports")),
        (cast.stranger, at("bulk_imports")),
        (cast.head, at("bulk_imports")),
        *((cast.steward, at("bulk_import", one.pk)) for one in (ready, bad, done)),
        (cast.head, at("bulk_import", ready.pk)),
        (cast.steward, at("bulk_import_apply", ready.pk)),
        (cast.steward, at("bulk_import_undo", done.pk)),
        (cast.steward, at("my_resources")),
        (cast.steward, at("bulk_submit") + f"?pk={draft.pk}&pk={gap.pk}"),
        (cast.steward, at("bulk_submit")),
        (cast.head, at("review_list")),
        (cast.head, at("bulk_decide") + f"?pk={mine.pk}&pk=x"),
        (cast.officer, at("bulk_decide")),
    ]
    for person, path in visits:
        answer = signed_in(person).get(path, headers={"accept-language": language})
        assert answer.status_code == 200, path
        assert problems(answer.content.decode()) == [], path
    live = signed_in(cast.steward).get(at("bulk_import_live", ready.pk))
    assert fragment_problems(live.content.decode()) == []


def test_a_steward_brings_a_file_in_applies_and_undoes_it(cast, signed_in):
    client = signed_in(cast.steward)

    answer = client.post(at("bulk_imports"), {"file": uploaded(typed())})
    found = BulkImport.objects.get()
    assert answer.url == found.get_absolute_url()
    assert client.post(at("bulk_import_apply", found.pk)).status_code == 302
    assert Resource.objects.get().name == ROW["name"]
    assert client.post(at("bulk_import_undo", found.pk)).status_code == 302
    assert not Resource.objects.exists()


def test_a_file_that_is_none_is_refused_in_the_form(cast, signed_in):
    answer = signed_in(cast.steward).post(
        at("bulk_imports"), {"file": uploaded(b"MZ....", "a.exe")}
    )

    assert answer.status_code == 422
    assert problems(answer.content.decode()) == []
    assert not BulkImport.objects.exists()


def test_an_import_is_its_departments_alone(cast, signed_in, client):
    found = received(cast, typed())

    for name in ("bulk_import", "bulk_import_live", "bulk_import_apply", "bulk_import_undo"):
        assert signed_in(cast.stranger).get(at(name, found.pk)).status_code == 404, name
    for name in ("bulk_import_check", "bulk_import_apply", "bulk_import_undo"):
        assert signed_in(cast.stranger).post(at(name, found.pk)).status_code == 404, name
        assert signed_in(cast.head).post(at(name, found.pk)).status_code == 403, name
    assert (
        signed_in(cast.head).post(at("bulk_imports"), {"file": uploaded(typed())}).status_code
        == 403
    )
    found.refresh_from_db()
    assert found.state == "checked"
    assert not Resource.objects.exists()


def test_the_list_of_imports_asks_the_same_however_many_there_are(
    cast, signed_in, django_assert_max_num_queries
):
    for _number in range(3):
        received(cast, typed())
    client = signed_in(cast.steward)
    client.get(at("bulk_imports"))
    with django_assert_max_num_queries(16):
        client.get(at("bulk_imports"))


def sheet_of(answer):
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return [[cell.value for cell in row] for row in book[ENTRIES].rows]


def test_a_department_takes_its_own_entries_home_and_an_officer_all_they_see(cast, signed_in):
    ours = drafted(cast, name="=1+1")
    public = published(cast, name="已发布")
    theirs = resources.create_draft(entry=an_entry(name="别家"), by=cast.stranger)

    mine = sheet_of(signed_in(cast.steward).get(at("workbook")))
    assert [row[1] for row in mine[1:]] == ["=1+1", public.name]
    assert [row[0] for row in mine[1:]] == [ours.code, public.code]
    everything = sheet_of(signed_in(cast.officer).get(at("workbook") + "?all=1"))
    assert [row[1] for row in everything[1:]] == [public.name]
    assert signed_in(cast.steward).get(at("workbook") + "?all=1").status_code == 403
    assert sheet_of(signed_in(cast.steward).get(at("workbook_template")))[1:] == []
    assert theirs.name not in str(mine)


def test_taking_home_asks_as_much_for_many_entries_as_for_one(
    cast, signed_in, django_assert_max_num_queries
):
    for number in range(5):
        drafted(cast, name=f"第{number}")
    client = signed_in(cast.steward)
    client.get(at("workbook"))
    with django_assert_max_num_queries(8):
        b"".join(client.get(at("workbook_csv")).streaming_content)


def test_the_other_files_hold_the_same(cast, signed_in):
    resource = drafted(cast, name="=HYPERLINK(1)")
    client = signed_in(cast.steward)

    packed = zipfile.ZipFile(io.BytesIO(b"".join(client.get(at("workbook_csv")).streaming_content)))
    lines = packed.read("entries.csv").decode("utf-8-sig").splitlines()
    assert "'=HYPERLINK(1)" in lines[1]
    assert packed.namelist() == ["entries.csv", "items.csv"]
    told = json.loads(b"".join(client.get(at("workbook_json")).streaming_content))
    assert [one["code"] for one in told] == [resource.code]
    assert [item["column"] for item in told[0]["items"]] == ["code", "name"]


# Many at once


def test_each_chosen_draft_goes_alone_and_the_others_are_told_with_their_gaps(cast, signed_in):
    # given
    ready = drafted(cast, name="完整")
    gap = resources.create_draft(entry=an_entry(name="不全", abstract=""), by=cast.steward)
    saved = drafted(cast, name="别人改过")
    theirs = resources.create_draft(entry=an_entry(name="别家"), by=cast.stranger)
    client = signed_in(cast.steward)
    page = client.get(
        at("bulk_submit"), {"pk": [ready.pk, gap.pk, saved.pk, theirs.pk]}
    ).content.decode()
    assert f'value="{ready.pk}:{ready.version}"' in page
    assert f'value="{gap.pk}:' not in page
    assert "别家" not in page

    # when: between the page and the click somebody saved one of them
    resources.change_draft(
        resource=saved,
        version=saved.version,
        entry=an_entry(name="别人改过", abstract="改"),
        items=some_items(),
        by=cast.other_steward,
    )
    chosen = [f"{one.pk}:{one.version}" for one in (ready, gap, saved, theirs)]
    answer = client.post(at("bulk_submit"), {"chosen": chosen})

    # then
    assert problems(answer.content.decode()) == []
    states = dict(Resource.objects.values_list("name", "state"))
    assert states == {"完整": "head_review", "不全": "draft", "别人改过": "draft", "别家": "draft"}
    assert [one.resource.name for one in answer.context["done"]] == ["完整"]
    assert [one.resource.name for one in answer.context["refused"]] == ["不全", "别人改过"]


def test_the_chosen_entries_are_published_but_not_by_whose_hand_was_in_them(cast, signed_in):
    # given: an officer who had approved one of them as a head before
    one, two = approved(cast, name="甲"), approved(cast, name="乙")
    Resource.objects.filter(pk=two.pk).update(approved_by=cast.officer)
    waiting = submitted(cast, name="还在负责人处")
    keys = [one.pk, two.pk, waiting.pk]
    client = signed_in(cast.officer)

    # when
    page = client.get(at("bulk_decide"), {"pk": keys})
    chosen = [f"{r.pk}:{r.version}" for r in (one, two, waiting)]
    answer = client.post(at("bulk_decide"), {"chosen": chosen, "opinion": "同意发布"})

    # then
    assert [r.resource.name for r in page.context["ready"]] == ["甲"]
    assert [r.resource.name for r in page.context["others"]] == ["乙"]
    assert dict(Resource.objects.values_list("name", "state")) == {
        "甲": "published",
        "乙": "competent_review",
        "还在负责人处": "head_review",
    }
    assert one.steps.first().opinion == "同意发布"
    assert [r.resource.name for r in answer.context["refused"]] == ["乙"]
    assert signed_in(cast.steward).get(at("bulk_decide")).status_code == 403


def test_a_head_approves_the_chosen_entries(cast, signed_in):
    one, two = submitted(cast, name="甲"), submitted(cast, name="乙")

    signed_in(cast.head).post(
        at("bulk_decide"), {"chosen": [f"{r.pk}:{r.version}" for r in (one, two)]}
    )

    assert set(Resource.objects.values_list("state", flat=True)) == {"competent_review"}


# API


def test_a_program_brings_a_file_in_and_reads_its_problems(cast, client):
    client.force_login(cast.steward)
    answer = client.post(
        reverse("api:import-list"), {"file": uploaded(typed([ROW | {"is_secret": "是"}]))}
    )

    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["problem_count"]) == ("checked", 1)
    problem = answer.json()["problems"][0]
    assert (problem["sheet"], problem["row"], problem["header"]) == (ENTRIES, 2, "是否涉密")
    pk = answer.json()["id"]
    assert client.post(reverse("api:import-apply", args=[pk])).status_code == 409
    assert client.get(reverse("api:import-list")).json()["results"][0]["id"] == pk
    client.force_login(cast.stranger)
    assert client.get(reverse("api:import-detail", args=[pk])).status_code == 404
    assert client.post(reverse("api:import-apply", args=[pk])).status_code == 404
    assert client.get(reverse("api:import-list")).json()["results"] == []


def test_a_program_applies_and_undoes(cast, client):
    client.force_login(cast.steward)
    pk = client.post(reverse("api:import-list"), {"file": uploaded(typed())}).json()["id"]

    assert client.post(reverse("api:import-apply", args=[pk])).json()["state"] == "applied"
    assert Resource.objects.count() == 1
    assert client.post(reverse("api:import-undo", args=[pk])).json()["state"] == "undone"
    assert not Resource.objects.exists()
    assert client.post(reverse("api:import-check", args=[pk])).json()["state"] == "checked"


def test_the_files_of_the_api_are_the_departments_own(cast, client):
    drafted(cast)
    client.force_login(cast.steward)
    for name in ("resource-workbook", "resource-csv", "resource-json"):
        assert client.get(reverse(f"api:{name}")).status_code == 200
    client.force_login(UserFactory(duties=[DutyKind.STAFF]))
    told = client.get(reverse("api:resource-json"))
    assert json.loads(b"".join(told.streaming_content)) == []
    assert client.post(reverse("api:import-list"), {"file": uploaded(typed())}).status_code == 403
