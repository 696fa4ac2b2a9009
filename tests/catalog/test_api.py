"""The catalogue for programs: the same services below, one refusal shape above."""

import pytest
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from catalog import search
from catalog.models import Resource
from tests.catalog.conftest import approved, assess_both, drafted, published, submitted
from tests.factories import InformationSystemFactory, ResourceFactory

ENTRY = {
    "name": "统计用区划代码",
    "abstract": "全国统计用区划代码。",
    "resource_class": "1",
    "classification": "03001001",
    "data_format": "3",
    "update_frequency": "6",
    "sharing_attribute": "conditional",
    "sharing_scope": "统计部门",
    "sharing_purpose": "核对",
    "sharing_modes": ["interface"],
    "grade": "L1",
    "items": [
        {"name": "代码", "column": "code", "type": "C", "length": 12, "is_key": True},
        {"name": "名称", "column": "name", "type": "C"},
    ],
}


def caller(party) -> APIClient:
    client = APIClient()
    client.force_authenticate(party)
    return client


def at(name: str, resource: Resource | None = None) -> str:
    return reverse(f"api:{name}", args=[resource.pk] if resource else [])


def put(**fields) -> Resource:
    resource = ResourceFactory(**{"state": "published", **fields})
    search.index(resource, list(resource.items.all()))
    return resource


def test_nobody_writes_without_signing_in(db):
    answer = APIClient().post(at("resource-list"))

    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "fields"}


def test_a_list_holds_what_the_caller_may_see(cast):
    put(name="已发布", department=cast.civil)
    put(name="草稿", state="draft", department=cast.civil)
    system = InformationSystemFactory(department=cast.education)

    def listed(party, **asked):
        answer = caller(party).get(at("resource-list"), asked)
        assert answer.status_code == 200
        return [one["name"] for one in answer.json()["results"]]

    assert listed(cast.stranger) == listed(system) == ["已发布"]
    assert listed(cast.stranger, state=["draft", "published"]) == ["已发布"]
    assert sorted(listed(cast.steward, state=["draft", "published"])) == ["已发布", "草稿"]


def test_a_list_is_searched_and_narrowed(cast):
    put(name="婚姻登记信息", grade="L4", department=cast.civil)
    put(name="区划代码", grade="L1", department=cast.civil)
    put(name="学校名录", grade="L1", department=cast.education)

    def names(**asked):
        answer = caller(cast.officer).get(at("resource-list"), asked)
        return {one["name"] for one in answer.json()["results"]}

    assert names(q="婚姻") == {"婚姻登记信息"}
    assert names(grade=["L1"]) == {"区划代码", "学校名录"}
    assert names(grade=["L1"], department=[cast.civil.pk]) == {"区划代码"}
    assert names(q="！") == set()


@pytest.mark.parametrize(
    ("facet", "value", "other"),
    [
        ("sharing_attribute", "conditional", "not_shared"),
        ("resource_class", "2", "1"),
        ("open", "no", "yes"),
        ("freshness", "no_rows", "in_time"),
        ("frequency", "4", "2"),
        ("format", "3", "1"),
        ("grade", "L2", "L4"),
    ],
)
def test_a_list_is_narrowed_by_each_facet(cast, facet, value, other):
    put(
        name="残疾人证信息",
        department=cast.civil,
        sharing_attribute="conditional",
        resource_class="2",
        update_frequency="4",
        data_format="3",
        grade="L2",
    )

    def names(chosen):
        answer = caller(cast.stranger).get(at("resource-list"), {facet: chosen})
        assert answer.status_code == 200
        return [one["name"] for one in answer.json()["results"]]

    assert names(value) == ["残疾人证信息"]
    assert names(other) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"grade": "L9"}, "grade"), ({"department": "x"}, "department.0"), ({"q": "长" * 201}, "q")],
)
def test_a_wrong_question_is_told_so(cast, asked, field):
    answer = caller(cast.officer).get(at("resource-list"), asked)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert field in answer.json()["fields"]


def test_pages_follow_one_another_by_key(cast):
    for n in range(5):
        put(name=f"条目{n}")
    client = caller(cast.stranger)

    first = client.get(at("resource-list"), {"limit": 2}).json()
    newest = put(name="新条目")
    second = client.get(first["next"]).json()

    names = [one["name"] for one in first["results"] + second["results"]]
    assert names == ["条目4", "条目3", "条目2", "条目1"]
    assert newest.name not in names


def test_a_list_has_a_fixed_number_of_queries(cast, django_assert_num_queries):
    for n in range(5):
        put(name=f"条目{n}")
    client = caller(cast.stranger)
    assert cast.stranger.department.group_id

    with django_assert_num_queries(1):
        client.get(at("resource-list"))


def test_an_entry_is_told_with_its_items(cast):
    resource = put(name="区划代码", department=cast.civil)

    told = caller(cast.stranger).get(at("resource-detail", resource)).json()

    assert told["code"] == resource.code
    assert told["department"]["short_name"] == "省民政厅"
    assert [item["column"] for item in told["items"]] == ["code", "name", "parent_code"]
    assert not {"visible_to", "search", "edited_by"} & set(told)


@pytest.mark.parametrize("name", ["detail", "submit", "approve", "publish", "withdraw", "assess"])
def test_what_one_may_not_know_of_is_not_there(cast, name):
    resource = put(state="draft", department=cast.civil)
    client = caller(cast.stranger)
    send = client.get if name == "detail" else client.post

    answer = send(at(f"resource-{name}", resource))

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_the_whole_way_by_api(cast):
    # when
    made = caller(cast.steward).post(at("resource-list"), ENTRY, format="json")
    assert made.status_code == 201, made.json()
    resource = Resource.objects.get(pk=made.json()["id"])
    for kind in ("secrecy", "pia"):
        answer = caller(cast.steward).post(
            at("resource-assess", resource),
            {
                "version": 1,
                "kind": kind,
                "is_present": False,
                "is_passed": True,
                "findings": "可以编目",
            },
            format="json",
        )
        assert answer.status_code == 200, answer.json()
    for who, move, version, state in [
        (cast.steward, "submit", 1, "head_review"),
        (cast.head, "approve", 2, "competent_review"),
        (cast.officer, "publish", 3, "published"),
    ]:
        answer = caller(who).post(
            at(f"resource-{move}", resource), {"version": version}, format="json"
        )
        assert answer.status_code == 200, answer.json()
        assert answer.json()["state"] == state

    # then
    answer = caller(cast.stranger).get(at("resource-list"))
    assert [one["id"] for one in answer.json()["results"]] == [resource.pk]


@pytest.mark.parametrize(("reach", "who"), [(submitted, "head"), (approved, "officer")])
def test_sending_back_by_api(cast, reach, who):
    resource = reach(cast)
    client = caller(getattr(cast, who))
    body = {"version": resource.version, "reasons": ""}

    assert client.post(at("resource-send-back", resource), body, format="json").status_code == 422
    body["reasons"] = "请补正"
    assert client.post(at("resource-send-back", resource), body, format="json").status_code == 204
    resource.refresh_from_db()
    assert resource.state == "returned"


def test_withdrawing_by_api(cast):
    resource = published(cast)

    answer = caller(cast.head).post(
        at("resource-withdraw", resource),
        {"version": resource.version, "reasons": "职责调整"},
        format="json",
    )

    assert answer.status_code == 204
    resource.refresh_from_db()
    assert resource.state == "withdrawn"


def test_a_change_sends_only_what_changes(cast):
    resource = drafted(cast)

    answer = caller(cast.steward).patch(
        at("resource-detail", resource), {"version": 1, "name": "区划代码"}, format="json"
    )

    assert answer.status_code == 200, answer.json()
    assert (answer.json()["name"], answer.json()["version"]) == ("区划代码", 2)
    assert answer.json()["sharing_scope"] == "负有统计、教育、救助职责的部门"
    assert len(answer.json()["items"]) == 2
    assert resource.assessments.count() == 2


def test_items_follow_what_the_entry_states_anew_and_keep_what_is_their_own(cast):
    # given: one item of its own grade
    resource = drafted(cast)
    resource.items.filter(column="name").update(grade="L2")
    resource.refresh_from_db()

    # when
    answer = caller(cast.steward).patch(
        at("resource-detail", resource),
        {"version": 1, "sharing_attribute": "not_shared", "grade": "L1"},
        format="json",
    )

    # then
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["sharing_attribute"], answer.json()["grade"]) == ("not_shared", "L2")
    assert [(one["sharing_attribute"], one["grade"]) for one in answer.json()["items"]] == [
        ("not_shared", "L1"),
        ("not_shared", "L2"),
    ]


def test_a_change_of_an_old_version_is_a_conflict(cast):
    resource = drafted(cast)
    client = caller(cast.steward)
    client.patch(at("resource-detail", resource), {"version": 1, "name": "甲"}, format="json")

    answer = client.patch(
        at("resource-detail", resource), {"version": 1, "name": "乙"}, format="json"
    )

    assert answer.status_code == 409
    assert answer.json()["code"] == "stale_version"
    resource.refresh_from_db()
    assert resource.name == "甲"


def test_a_change_names_its_version(cast):
    resource = drafted(cast)

    answer = caller(cast.steward).patch(
        at("resource-detail", resource), {"name": "甲"}, format="json"
    )

    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["version"]


def test_wrong_input_is_named_by_field(cast):
    body = {**ENTRY, "grade": "L9", "items": [{"name": "x", "column": "x", "type": "?"}]}

    answer = caller(cast.steward).post(at("resource-list"), body, format="json")

    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"grade", "items.0.type"}
    assert not Resource.objects.exists()


def test_what_the_domain_refuses_is_named_by_field_too(cast):
    body = {**ENTRY, "items": [{"name": "x", "column": "X!", "type": "C"}]}

    answer = caller(cast.steward).post(at("resource-list"), body, format="json")

    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["items.0.column"]


def test_an_incomplete_entry_is_told_all_that_is_missing(cast):
    made = caller(cast.steward).post(
        at("resource-list"), {**ENTRY, "abstract": "", "items": []}, format="json"
    )
    resource = Resource.objects.get(pk=made.json()["id"])

    answer = caller(cast.steward).post(
        at("resource-submit", resource), {"version": 1}, format="json"
    )

    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"abstract", "items", "assessments"}


def test_the_wrong_person_is_told_why(cast):
    resource = submitted(cast)

    answer = caller(cast.steward).post(
        at("resource-approve", resource), {"version": resource.version}, format="json"
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"
    assert "省民政厅" in answer.json()["message"]


def test_the_wrong_time_is_a_conflict_with_the_state(cast):
    resource = published(cast)

    answer = caller(cast.steward).post(
        at("resource-submit", resource), {"version": resource.version}, format="json"
    )

    assert answer.status_code == 409
    assert answer.json()["code"] == "wrong_state"


def test_an_information_system_only_reads(cast):
    system = InformationSystemFactory(department=cast.civil)
    resource = drafted(cast)

    made = caller(system).post(at("resource-list"), ENTRY, format="json")
    sent = caller(system).post(at("resource-submit", resource), {"version": 1}, format="json")

    assert (made.status_code, sent.status_code) == (403, 403)
    assert Resource.objects.get().state == "draft"
    assert assess_both


def test_the_schema_of_these_paths_is_whole(db, capfd):
    # when
    generator = SchemaGenerator(urlconf="catalog.api.resource_urls")
    schema = generator.get_schema(request=None, public=True)

    # then: no complaint but those about signing in, which is described elsewhere
    complaints = capfd.readouterr().err.splitlines()
    assert [line for line in complaints if "authenticator" not in line] == []
    assert set(schema["paths"]["/resources/"]) == {"get", "post"}
    names = {one["name"] for one in schema["paths"]["/resources/"]["get"]["parameters"]}
    assert {"q", "grade", "department", "state", "after", "limit"} <= names
