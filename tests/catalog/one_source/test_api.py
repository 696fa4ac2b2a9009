"""The same acts for programs: officers and stewards act through the API, systems only read."""

import pytest

from catalog.models import CollectionPlan, Duplicate, SourceOfItem
from catalog.services import duplicates, item_synonyms
from tests.catalog.one_source.repeating import another
from tests.catalog.one_source.test_plans import as_given

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def sent(browser, path, data=None, *, how="post"):
    return getattr(browser, how)(f"{V1}{path}", data or {}, content_type="application/json")


def test_what_an_entry_repeats_is_told_and_answered(cast, draft, signed_in):
    other = another(cast.education)
    browser = signed_in(cast.steward)
    path = f"/resources/{draft.pk}/duplicates/"
    (told,) = browser.get(V1 + path).json()
    assert (told["item"], told["other"], told["score"], told["is_open"]) == (
        "婚姻状况",
        other.pk,
        57,
        True,
    )
    assert sum(reason["points"] for reason in told["reasons"]) == 57
    given = {"version": draft.version, "column": "marriage", "other": other.pk}
    assert sent(browser, path, given | {"answer": "maybe"}).status_code == 422
    assert sent(browser, path, given | {"answer": "justify"}).status_code == 422
    assert sent(browser, path, given | {"answer": "link", "version": 99}).status_code == 409
    assert not Duplicate.objects.exists()
    (told,) = sent(browser, path, given | {"answer": "link"}).json()
    assert (told["is_open"], told["answer"]) == (False, "linked")
    assert signed_in(cast.stranger).get(V1 + path).status_code == 404


def test_the_officer_reads_open_duplicates_and_appoints(cast, signed_in):
    another(cast.education)
    mine = another(cast.civil)
    duplicates.check(subject=mine)
    browser = signed_in(cast.officer)
    told = browser.get(f"{V1}/duplicates/").json()["results"][0]
    assert (told["resource"], told["plan"], told["item"]) == (
        mine.pk,
        None,
        "婚姻 状态",
    )
    assert "holders" not in str(told["reasons"])
    assert signed_in(cast.steward).get(f"{V1}/duplicates/").status_code == 403

    given = {"name": "婚姻状态", "department": cast.civil.pk, "basis": "会议纪要"}
    browser = signed_in(cast.officer)
    assert sent(browser, "/source-register/", given | {"department": 0}).status_code == 404
    made = sent(browser, "/source-register/", given)
    assert made.status_code == 201
    pk = made.json()["id"]
    steward = signed_in(cast.steward)
    assert sent(steward, f"/source-register/{pk}/withdraw/", {"reasons": "a"}).status_code == 403
    assert sent(steward, f"/source-register/{pk}/acknowledge/").json()["acknowledged_at"]
    assert [one["name"] for one in steward.get(f"{V1}/source-register/?q=婚姻").json()["results"]]
    ended = sent(signed_in(cast.officer), f"/source-register/{pk}/withdraw/", {"reasons": "调整"})
    assert ended.json()["ended_at"]
    assert SourceOfItem.objects.get().ended_by == cast.officer


def test_a_plan_goes_its_way(cast, signed_in):
    item_synonyms.load_shipped()
    other = another(cast.education)
    steward = signed_in(cast.steward)
    given = as_given(items=["婚姻状况", "择偶标准"])
    assert sent(steward, "/collection-plans/", given | {"items": []}).status_code == 422
    assert sent(steward, "/collection-plans/", given | {"starts_on": "soon"}).status_code == 422
    assert not CollectionPlan.objects.exists()
    made = sent(steward, "/collection-plans/", given)
    assert (made.status_code, made.json()["items"]) == (201, ["婚姻状况", "择偶标准"])
    path = f"/collection-plans/{made.json()['id']}/"
    assert sent(steward, f"{path}file/", {"version": 1}).status_code == 422
    (told,) = steward.get(f"{V1}{path}duplicates/").json()
    answer = {"version": 1, "column": told["column"], "other": other.pk, "answer": "link"}
    assert sent(steward, f"{path}duplicates/", answer).status_code == 200
    changed = sent(steward, path, given | {"version": 1, "name": "调查"}, how="put")
    assert (changed.json()["name"], changed.json()["version"]) == ("调查", 2)
    assert sent(steward, path, given | {"version": 1}, how="put").status_code == 409
    assert sent(steward, f"{path}file/", {"version": 2}).json()["state"] == "filed"
    officer = signed_in(cast.officer)
    listed = officer.get(f"{V1}/collection-plans/?tab=filed").json()["results"]
    assert [one["state"] for one in listed] == ["filed"]
    objected = sent(officer, f"{path}object/", {"version": 3, "words": "已有"})
    assert (objected.json()["state"], objected.json()["objection"]) == ("objected", "已有")
    gone = sent(signed_in(cast.steward), f"{path}withdraw/", {"version": 4})
    assert gone.json()["state"] == "withdrawn"
    assert signed_in(cast.stranger).get(V1 + path).status_code == 404
