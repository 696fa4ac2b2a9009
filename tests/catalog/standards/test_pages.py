"""Pages of the library and of the tree: what each shows to whom, and that forms say what is wrong."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import Classification, CodeList, CodeListVersion, DataElement, ResourceState
from catalog.services import classification, data_elements, standards
from catalog.services.data_elements import ElementData
from catalog.standards.classification import NodeRow
from tests.catalog.conftest import at
from tests.factories import ResourceFactory
from tests.html_checks import problems

from .conftest import LONG_AGO, SEXES, a_list, next_version


def table(text, name="codes.csv"):
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


@pytest.fixture
def element(cast, sexes):
    data = ElementData(
        name="性别代码",
        name_en="Sex",
        definition="性别的代码",
        type="C",
        length=1,
        code_list=sexes.identifier,
    )
    return data_elements.create_element(identifier="DE-1", data=data, by=cast.officer)


@pytest.fixture
def tree(cast):
    rows = [
        NodeRow(resource_class="3", code=code, name=name, name_en=name_en)
        for code, name, name_en in (
            ("07", "省政府部门", "Departments of provinces"),
            ("07012", "民政", "Civil affairs"),
            ("07012001", "区划", "Divisions"),
        )
    ]
    classification.take_table(rows=rows, by=cast.officer)
    return Classification.objects.get(code="07012")


def bound(cast, sexes, **changes):
    items = [
        {"name": "代码", "column": "code", "length": 12, "is_key": True, "is_nullable": False},
        {"name": "性别", "column": "sex", "length": 1, "code_list": sexes},
    ]
    return ResourceFactory(
        department=cast.civil, items=items, **{"state": ResourceState.PUBLISHED, **changes}
    )


@pytest.mark.parametrize("who", ["officer", "steward"])
@pytest.mark.parametrize(
    "name",
    [
        "code_list_list",
        "code_list",
        "code_list_compare",
        "data_element_list",
        "data_element",
        "classification",
        "classification_node",
    ],
)
def test_a_page_is_sound_for_keepers_and_readers(cast, sexes, element, tree, signed_in, who, name):
    next_version(cast.officer, sexes, ("1", "男"), ("3", "丙", "1"))
    bound(cast, sexes)
    keys = {
        "code_list": sexes,
        "code_list_compare": sexes,
        "data_element": element,
        "classification_node": tree,
    }
    args = [keys[name].pk] if name in keys else []

    page = signed_in(getattr(cast, who)).get(at(name, *args))

    assert page.status_code == 200
    assert problems(page.content.decode()) == []


@pytest.mark.parametrize(
    "name",
    [
        "code_list_create",
        "code_list_draft",
        "code_list_publish",
        "code_list_discard",
        "code_list_retire",
        "data_element_create",
        "data_element_edit",
        "data_element_retire",
        "classification_create",
        "classification_edit",
        "classification_retire",
        "classification_upload",
    ],
)
def test_a_form_is_sound_for_keepers_and_closed_to_others(
    cast, sexes, element, tree, signed_in, name
):
    standards.draft_version(code_list=sexes, by=cast.officer)
    room = name.split("_", maxsplit=1)[0]
    keys = {"code": sexes, "data": element, "classification": tree}
    args = [] if name.endswith(("create", "upload")) else [keys[room].pk]

    page = signed_in(cast.officer).get(at(name, *args))
    refused = signed_in(cast.steward).get(at(name, *args))

    assert (page.status_code, refused.status_code) == (200, 403)
    assert problems(page.content.decode()) == []


def test_a_list_shows_the_entries_that_one_may_see(cast, sexes, signed_in):
    seen = bound(cast, sexes, name="人员信息")
    bound(cast, sexes, name="别人的草稿", state=ResourceState.DRAFT)

    page = signed_in(cast.stranger).get(at("code_list", sexes.pk)).content.decode()

    assert seen.name in page
    assert "别人的草稿" not in page


def test_the_lists_cost_the_same_however_many_there_are(
    cast, sexes, signed_in, django_assert_num_queries
):
    client = signed_in(cast.stranger)
    client.get(at("code_list_list"))
    for n in range(5):
        a_list(cast.officer, ("1", "甲"), identifier=f"X-{n}")
    with django_assert_num_queries(6):
        page = client.get(at("code_list_list"))
    assert page.content.decode().count("X-") == 5


def test_the_tree_counts_what_one_may_see_in_two_queries(
    cast, tree, signed_in, django_assert_num_queries
):
    for code, state in (
        ("07012001", "published"),
        ("07012001", "published"),
        ("07012999", "published"),
        ("07012001", "draft"),
        ("99999", "published"),
    ):
        ResourceFactory(department=cast.civil, classification=code, state=state)
    from catalog.selectors.classification import trees

    with django_assert_num_queries(2):
        found = trees(cast.stranger)

    [item] = found[2].items
    [heading] = item.below
    assert (found[2].count, item.count, heading.count) == (3, 3, 3)
    assert [one.count for one in heading.below] == [2]
    page = signed_in(cast.stranger).get(at("classification_node", tree.pk)).content.decode()
    assert page.count("307012001/") == 3


def test_codes_are_searched_and_paged(cast, signed_in):
    made = a_list(cast.officer, *((f"{n:03d}", f"名称{n}") for n in range(120)), identifier="L")
    client = signed_in(cast.stranger)

    second = client.get(at("code_list", made.pk), {"page": 2}).content.decode()
    found = client.get(at("code_list", made.pk), {"q": "名称77"}).content.decode()
    strange = client.get(at("code_list", made.pk), {"page": "x", "version": "x"})

    assert "名称50" in second
    assert "名称49<" not in second
    assert "名称77" in found
    assert "名称78" not in found
    assert strange.status_code == 200


def test_codes_are_taken_away_as_csv_and_json(cast, sexes, signed_in):
    client = signed_in(cast.stranger)

    as_csv = client.get(at("code_list_csv", sexes.pk))
    as_json = client.get(at("code_list_json", sexes.pk))

    rows = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    assert rows == [
        ["code", "name", "parent_code", "note"],
        *([code, name, "", ""] for code, name in SEXES),
    ]
    told = json.loads(as_json.content)
    assert (told["identifier"], told["version"]) == ("GB/T 2261.1-2003", 1)
    assert [(one["code"], one["name"]) for one in told["codes"]] == list(SEXES)
    assert "filename*=UTF-8''GB%2FT%202261.1-2003" in as_csv["Content-Disposition"]


def test_a_file_with_formulas_comes_back_as_it_went(cast, signed_in):
    made = a_list(cast.officer, ("1", "=SUM(A1)"), ("-2", "减"), identifier="F")
    client = signed_in(cast.officer)
    file = client.get(at("code_list_csv", made.pk)).content.decode("utf-8-sig")
    assert "'=SUM" in file

    draft = standards.draft_version(code_list=made, by=cast.officer)
    client.post(at("code_list_draft", made.pk), {"file": table(file), "revision": draft.revision})

    assert list(draft.entries.values_list("code", "name")) == [("1", "=SUM(A1)"), ("-2", "减")]


@pytest.mark.parametrize("who", ["stranger", "steward"])
def test_a_draft_is_nobody_else_s_business(cast, sexes, signed_in, who):
    standards.draft_version(code_list=sexes, by=cast.officer)
    client = signed_in(getattr(cast, who))

    answers = [
        client.get(at(name, sexes.pk), {"version": 2}).status_code
        for name in ("code_list", "code_list_csv", "code_list_json")
    ]

    assert answers == [404, 404, 404]
    assert client.post(at("code_list_draft_start", sexes.pk)).status_code == 403


def test_an_officer_writes_and_publishes_a_list_by_pages(cast, signed_in):
    client = signed_in(cast.officer)
    made = client.post(at("code_list_create"), {"identifier": "LOCAL/1", "name": "类别"})
    held = CodeList.objects.get()
    draft = at("code_list_draft", held.pk)
    assert made.url == draft

    sent = client.post(draft, {"file": table("代码,名称\n1,甲\n2,乙\n"), "revision": 1})
    assert sent.status_code == 302
    shown = client.get(at("code_list_publish", held.pk)).content.decode()
    assert problems(shown) == []
    done = client.post(
        at("code_list_publish", held.pk),
        {"revision": 2, "valid_from": LONG_AGO.isoformat(), "note": "首版"},
    )

    assert done.url == at("code_list", held.pk)
    version = held.versions.get()
    assert (version.state, version.entry_count, version.note) == ("published", 2, "首版")


def test_the_faults_of_a_table_are_shown_by_row_and_column(cast, sexes, signed_in):
    draft = standards.draft_version(code_list=sexes, by=cast.officer)
    answer = signed_in(cast.officer).post(
        at("code_list_draft", sexes.pk),
        {"file": table("code,name,parent_code\n1,甲,\n1,乙,9\n"), "revision": draft.revision},
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert problems(page) == []
    assert page.count("edge-stop") >= 2
    assert ">3<" in page.replace("row ", "").replace("第", "").replace("行", "").replace(" ", "")
    assert draft.entries.count() == 3


@pytest.mark.parametrize("sent", [{}, {"file": "x"}], ids=["nothing", "no file"])
def test_an_upload_without_a_file_is_told(cast, sexes, signed_in, sent):
    standards.draft_version(code_list=sexes, by=cast.officer)
    answer = signed_in(cast.officer).post(at("code_list_draft", sexes.pk), sent)
    assert answer.status_code == 422
    assert problems(answer.content.decode()) == []


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("code_list_create", {"identifier": "GB/T 2261.1-2003", "name": "又一个"}),
        ("code_list_create", {"identifier": "国", "name": ""}),
        ("data_element_create", {"identifier": "DE-1", "name": "x"}),
        ("classification_create", {"resource_class": "3", "code": "07", "name": "又一个"}),
        ("classification_create", {"resource_class": "3", "code": "08001", "name": "x"}),
        ("classification_upload", {}),
    ],
)
def test_a_faulty_form_comes_back_with_its_errors(
    cast, sexes, element, tree, signed_in, name, sent
):
    answer = signed_in(cast.officer).post(at(name), sent)

    assert answer.status_code == 422
    assert problems(answer.content.decode()) == []
    assert (CodeListVersion.objects.count(), DataElement.objects.count()) == (1, 1)
    assert Classification.objects.count() == 3


def test_an_officer_keeps_elements_by_pages(cast, sexes, signed_in):
    client = signed_in(cast.officer)
    sent = {
        "identifier": "DE-2",
        "name": "性别",
        "definition": "性别",
        "type": "C",
        "code_list": sexes.identifier,
    }
    made = client.post(at("data_element_create"), sent)
    element = DataElement.objects.get()
    assert made.url == at("data_element", element.pk)

    client.post(at("data_element_edit", element.pk), {**sent, "length": 1, "version": 1})
    client.post(at("data_element_retire", element.pk))

    element.refresh_from_db()
    assert (element.current.number, element.current.length) == (2, 1)
    assert element.retired_at is not None


def test_an_officer_keeps_the_tree_by_pages(cast, tree, signed_in):
    client = signed_in(cast.officer)
    client.post(
        at("classification_create"), {"resource_class": "3", "code": "07013", "name": "教育"}
    )
    node = Classification.objects.get(code="07013")
    client.post(at("classification_edit", node.pk), {"name": "教育厅", "parent_code": "07"})
    client.post(at("classification_retire", node.pk))
    file = client.get(at("classification_csv")).content.decode("utf-8-sig")
    sent = {"file": table(file + "3,08,法院,Court,,\n")}
    done = client.post(at("classification_upload"), sent)

    node.refresh_from_db()
    assert (node.name, node.retired_at is not None) == ("教育厅", True)
    assert done.url == at("classification")
    assert Classification.objects.filter(code="08").exists()


def test_a_circle_in_a_table_is_shown_and_nothing_is_saved(cast, signed_in):
    sent = {"file": table("class,code,name,parent_code\n1,03,甲,03001\n1,03001,乙,03\n")}
    answer = signed_in(cast.officer).post(at("classification_upload"), sent)

    assert answer.status_code == 422
    assert "03 → 03001 → 03" in answer.content.decode()
    assert not Classification.objects.exists()


@pytest.mark.parametrize(("language", "name"), [("zh-hans", "区划"), ("en", "Divisions")])
def test_an_entry_names_its_node_in_the_readers_language(cast, tree, signed_in, language, name):
    entry = ResourceFactory(
        department=cast.civil,
        resource_class="3",
        classification="07012001",
        state=ResourceState.PUBLISHED,
    )
    shown = signed_in(cast.steward).get(
        f"/catalog/{entry.pk}/", headers={"accept-language": language}
    )
    assert f"{name} 07012001" in shown.content.decode()
