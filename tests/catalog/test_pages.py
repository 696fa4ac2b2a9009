"""The pages of the catalogue as people meet them."""

import pytest
from django.urls import reverse

from catalog import search
from catalog.models import Assessment, Resource
from catalog.services import resources
from tests.catalog.conftest import an_entry, approved, at, drafted, published, some_items, submitted
from tests.factories import ResourceFactory
from tests.html_checks import fragment_problems, problems


def put(**fields) -> Resource:
    resource = ResourceFactory(**{"state": "published", **fields})
    search.index(resource, list(resource.items.all()))
    return resource


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_well_formed_in_both_languages(cast, signed_in, language):
    public = published(cast, name="已发布")
    hidden = published(
        cast,
        name="不予共享",
        sharing_attribute="not_shared",
        sharing_scope="",
        sharing_purpose="",
        sharing_modes=(),
        not_shared_reason="依法封存",
        basis_kind="law",
        basis_title="某法",
        basis_article="第一条",
    )
    waiting = submitted(cast, name="等负责人")
    reviewed = approved(cast, name="等主管部门")
    draft = resources.create_draft(entry=an_entry(name="草稿", abstract=""), by=cast.steward)
    visits = [
        (cast.stranger, at("resource_list")),
        (cast.stranger, at("resource_list") + "?q=区划&grade=L1&order=recent"),
        (cast.stranger, at("resource_list") + "?q=没有 这个&grade=L4"),
        (cast.stranger, at("resource", public.pk)),
        (cast.stranger, at("resource", hidden.pk)),
        (cast.steward, at("resource", public.pk)),
        (cast.head, at("resource", public.pk)),
        (cast.steward, at("resource", draft.pk)),
        (cast.steward, at("my_resources")),
        (cast.steward, at("my_resources") + "?tab=withdrawn"),
        (cast.steward, at("resource_create")),
        (cast.steward, at("resource_edit", draft.pk)),
        (cast.steward, at("resource_assess", draft.pk, "secrecy")),
        (cast.steward, at("resource_assess", draft.pk, "pia")),
        (cast.steward, at("resource_submit", draft.pk)),
        (cast.head, at("review_list")),
        (cast.steward, at("review_list")),
        (cast.head, at("resource_decide", waiting.pk)),
        (cast.officer, at("resource_decide", reviewed.pk)),
        (cast.officer, at("resource_withdraw", public.pk)),
    ]

    for person, path in visits:
        answer = signed_in(person).get(path, headers={"accept-language": language})
        assert answer.status_code == 200, path
        assert problems(answer.content.decode()) == [], path


# Finding


def test_a_search_shows_what_was_found_and_marks_it(cast, signed_in):
    put(name="婚姻登记信息", department=cast.civil)
    put(name="学校名录", department=cast.education)

    page = signed_in(cast.officer).get(at("resource_list"), {"q": "婚姻"}).content.decode()

    assert "<mark>婚姻</mark>登记信息" in page
    assert "学校名录" not in page


def test_htmx_gets_the_part_that_changes(cast, signed_in):
    put(name="婚姻登记信息")

    answer = signed_in(cast.officer).get(
        at("resource_list"), {"q": "婚姻"}, headers={"HX-Request": "true"}
    )

    part = answer.content.decode()
    assert "<html" not in part
    assert "登记信息" in part
    assert fragment_problems(part) == []
    assert "HX-Request" in answer.headers["Vary"]


def test_what_the_catalogue_does_not_know_is_left_out_of_a_question(cast, signed_in):
    put(name="甲")

    answer = signed_in(cast.officer).get(
        at("resource_list"), {"grade": "L9", "department": "x", "order": "?", "page": "-1"}
    )

    assert answer.status_code == 200
    assert answer.context["found"].total == 1
    assert answer.context["chips"] == []


def test_a_chip_leads_to_the_list_without_it(cast, signed_in):
    put(name="甲", grade="L1", department=cast.civil)

    answer = signed_in(cast.officer).get(
        at("resource_list"), {"q": "甲", "grade": "L1", "department": cast.civil.pk}
    )

    urls = {str(chip["label"]): chip["url"] for chip in answer.context["chips"]}
    assert urls["省民政厅"] == at("resource_list") + "?q=%E7%94%B2&grade=L1"


def test_texts_of_stewards_are_shown_as_texts(cast, signed_in):
    evil = "<script>alert(1)</script>"
    put(name=f"{evil}登记", abstract=evil, department=cast.civil)

    page = signed_in(cast.officer).get(at("resource_list"), {"q": "登记"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_what_one_may_not_know_of_is_not_there(cast, signed_in):
    draft = drafted(cast)
    client = signed_in(cast.stranger)

    for name in ("resource", "resource_edit", "resource_submit", "resource_decide"):
        assert client.get(at(name, draft.pk)).status_code == 404, name


def test_the_page_of_an_entry_shows_work_to_those_concerned_only(cast, signed_in):
    resource = published(cast)

    theirs = signed_in(cast.stranger).get(at("resource", resource.pk)).content.decode()
    ours = signed_in(cast.steward).get(at("resource", resource.pk)).content.decode()

    assert "逐项检查，可以编目。" in ours
    assert "逐项检查，可以编目。" not in theirs
    assert reverse("sharing:request_create", args=[resource.pk]) in theirs
    assert reverse("sharing:request_create", args=[resource.pk]) not in ours


# Describing


def typed(**changes) -> dict[str, object]:
    """What a browser sends of the whole form."""
    entry = an_entry()
    sent = {
        "version": "",
        "name": entry.name,
        "abstract": entry.abstract,
        "resource_class": entry.resource_class,
        "classification": entry.classification,
        "data_format": entry.data_format,
        "update_frequency": entry.update_frequency,
        "grade": entry.grade,
        "sharing_attribute": entry.sharing_attribute,
        "national_grade": entry.national_grade,
        "visibility": entry.visibility,
        "sharing_modes": list(entry.sharing_modes),
        "sharing_scope": entry.sharing_scope,
        "sharing_purpose": entry.sharing_purpose,
        "items-TOTAL_FORMS": "3",
        "items-INITIAL_FORMS": "0",
        "items-0-name": "区划代码",
        "items-0-column": "code",
        "items-0-type": "C",
        "items-0-length": "12",
        "items-0-is_key": "on",
        "items-1-name": "区划名称",
        "items-1-column": "name",
        "items-1-type": "C",
        "items-1-is_nullable": "on",
        "items-2-name": "",
        "items-2-column": "",
        "items-2-type": "C",
        "items-2-is_nullable": "on",
    }
    return sent | changes


def test_a_steward_describes_a_resource(cast, signed_in):
    answer = signed_in(cast.steward).post(at("resource_create"), typed(save="1"))

    resource = Resource.objects.get()
    assert answer.status_code == 302
    assert answer.url == at("resource", resource.pk)
    assert [(item.name, item.is_key) for item in resource.items.all()] == [
        ("区划代码", True),
        ("区划名称", False),
    ]
    assert resource.sharing_modes == ["interface", "file"]


def test_save_and_check_leads_to_the_check(cast, signed_in):
    answer = signed_in(cast.steward).post(at("resource_create"), typed(check="1"))

    assert answer.url == at("resource_submit", Resource.objects.get().pk)


def test_more_rows_come_without_script_and_nothing_typed_is_lost(cast, signed_in):
    sent = typed(more="5", name="只写了名字", sharing_attribute="", **{"items-1-type": "D"})

    answer = signed_in(cast.steward).post(at("resource_create"), sent)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert problems(page) == []
    assert 'value="只写了名字"' in page
    assert 'name="items-7-name"' in page
    assert 'value="区划名称"' in page
    assert '<option value="D" selected>' in page
    assert "error-summary" not in page
    assert not Resource.objects.exists()


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"name": ""}, "#id_name"),
        ({"classification": "x"}, "#id_classification"),
        ({"sharing_attribute": ""}, "#id_sharing_attribute"),
        ({"items-0-column": "Code!"}, "#id_items-0-column"),
        ({"items-1-column": "code"}, "#id_items-1-column"),
        ({"items-2-column": "third"}, "#id_items-2-name"),
    ],
)
def test_a_wrong_form_comes_back_with_its_errors(cast, signed_in, changes, target):
    answer = signed_in(cast.steward).post(at("resource_create"), typed(save="1", **changes))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert problems(page) == []
    assert f'href="{target}' in page
    assert not Resource.objects.exists()


def test_a_row_marked_for_deletion_is_left_out(cast, signed_in):
    signed_in(cast.steward).post(at("resource_create"), typed(save="1", **{"items-0-DELETE": "on"}))

    assert [item.column for item in Resource.objects.get().items.all()] == ["name"]


def test_an_edit_shows_and_changes_what_is_saved(cast, signed_in):
    draft = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)
    client = signed_in(cast.other_steward)

    page = client.get(at("resource_edit", draft.pk)).content.decode()
    answer = client.post(at("resource_edit", draft.pk), typed(save="1", version="1", name="改名"))

    assert 'value="统计用区划代码"' in page
    assert 'value="区划名称"' in page
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert (draft.name, draft.version, draft.edited_by) == ("改名", 2, cast.other_steward)


def test_the_second_of_two_stewards_keeps_what_was_typed(cast, signed_in):
    draft = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)
    resources.change_draft(
        resource=draft,
        version=1,
        entry=an_entry(abstract="先存的"),
        items=some_items(),
        by=cast.other_steward,
    )

    answer = signed_in(cast.steward).post(
        at("resource_edit", draft.pk), typed(save="1", version="1", abstract="后存的")
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "马宁" in page
    assert "后存的" in page
    draft.refresh_from_db()
    assert draft.abstract == "先存的"


def test_who_may_not_edit_is_told_why(cast, signed_in):
    resource = published(cast)

    answer = signed_in(cast.steward).get(at("resource_edit", resource.pk))

    assert answer.status_code == 403


def test_an_assessment_by_page(cast, signed_in):
    draft = resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)
    client = signed_in(cast.steward)
    sent = {"version": 1, "is_present": "yes", "is_passed": "yes", "findings": "逐项检查"}

    wrong = client.post(at("resource_assess", draft.pk, "secrecy"), sent)
    right = client.post(at("resource_assess", draft.pk, "secrecy"), {**sent, "is_present": "no"})

    assert wrong.status_code == 422
    assert problems(wrong.content.decode()) == []
    assert right.status_code == 302
    assert Assessment.objects.get().is_passed
    assert client.get(at("resource_assess", draft.pk, "other")).status_code == 404


def test_submission_by_page(cast, signed_in):
    resource = drafted(cast)

    answer = signed_in(cast.steward).post(
        at("resource_submit", resource.pk), {"version": resource.version}
    )

    assert answer.status_code == 302
    resource.refresh_from_db()
    assert resource.state == "head_review"


def test_an_incomplete_entry_is_not_submitted_by_page(cast, signed_in):
    draft = resources.create_draft(entry=an_entry(), by=cast.steward)
    client = signed_in(cast.steward)

    shown = client.get(at("resource_submit", draft.pk))
    answer = client.post(at("resource_submit", draft.pk), {"version": 1})

    assert len(shown.context["missing"]) == 3
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_list_has_a_fixed_number_of_queries(cast, signed_in, django_assert_max_num_queries):
    for n in range(25):
        put(name=f"条目{n}", department=cast.civil)
    client = signed_in(cast.stranger)
    client.get(at("resource_list"))

    with django_assert_max_num_queries(19):
        client.get(at("resource_list"))
