import pytest
from rest_framework.test import APIClient

from sharing.models import Agreement, Pull, SharingRequest
from sharing.selectors import agreements_for, requests_for
from tests.factories import in_days


def client(party) -> APIClient:
    made = APIClient()
    made.force_authenticate(party)
    return made


def draft_data(resource, **changes):
    return {
        "resource": resource.pk,
        "items": ["name"],
        "use_basis": "《义务教育法》第十三条",
        "use_scene": "入学资格核验",
        "use_scope": "本厅学籍系统",
        "sharing_mode": "interface",
        "use_until": in_days(300).isoformat(),
        "is_vouched_for": True,
        **changes,
    }


def test_the_whole_way_by_api(cast, filled):
    # given
    applicant, head = client(cast.applicant), client(cast.head)
    provider = client(cast.provider_head)

    # when
    made = applicant.post("/api/v1/requests/", draft_data(filled), format="json").json()
    path = f"/api/v1/requests/{made['number']}/"
    sent = applicant.post(f"{path}submit/", {"version": made["version"]}, format="json").json()
    out = head.post(f"{path}approve/", {"version": sent["version"]}, format="json").json()
    agreed = provider.post(f"{path}agree/", {"version": out["version"]}, format="json").json()

    # then
    assert [sent["state"], out["state"], agreed["state"]] == [
        "internal_review",
        "received",
        "agreed",
    ]
    assert [clock["rule"] for clock in agreed["deadlines"]] == ["D4", "D6"]
    assert made["items"] == ["code", "name"]
    path = f"/api/v1/agreements/{agreed['agreement']}/"
    assert client(cast.system).get(path).json()["state"] == "awaiting"
    (version,) = client(cast.system).get(f"{path}versions/").json()
    seen = {"version": version["number"], "content_hash": version["content_hash"]}
    first = provider.post(f"{path}confirm/", seen, format="json").json()
    again = provider.post(f"{path}confirm/", seen, format="json")
    agreement = head.post(f"{path}confirm/", seen, format="json").json()
    assert [first["state"], again.json()["code"], agreement["state"]] == [
        "awaiting",
        "confirmed",
        "active",
    ]
    assert agreement["items"] == ["code", "name"]


def test_a_draft_is_changed_by_patch_and_a_stale_version_is_told(cast, draft):
    applicant = client(cast.applicant)
    path = f"/api/v1/requests/{draft.number}/"
    given = draft_data(draft.resource, version=1, use_scene="学籍注册")

    fresh = applicant.patch(path, given, format="json")
    stale = applicant.patch(path, given, format="json")

    assert (fresh.status_code, fresh.json()["version"]) == (200, 2)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")


def test_wrong_input_is_422_with_fields(cast, resource):
    answer = client(cast.applicant).post(
        "/api/v1/requests/", draft_data(resource, items=["nothing"]), format="json"
    )

    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["items"]
    assert not SharingRequest.objects.exists()


def test_the_system_of_another_department_is_no_choice(cast, resource):
    answer = client(cast.applicant).post(
        "/api/v1/requests/", draft_data(resource, system=cast.strange_system.pk), format="json"
    )

    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["system"])
    assert not SharingRequest.objects.exists()


@pytest.mark.parametrize("act", ["submit", "approve", "send-back", "agree", "refuse", "withdraw"])
def test_deciding_is_for_people(cast, received, act):
    given = {"version": received.version, "opinion": "x", "reason": "duplicate"}

    answer = client(cast.system).post(
        f"/api/v1/requests/{received.number}/{act}/", given, format="json"
    )

    assert answer.status_code == 403
    assert answer.json()["message"]
    received.refresh_from_db()
    assert received.state == "received"


@pytest.mark.parametrize("act", ["submit", "approve", "agree", "withdraw"])
def test_a_stranger_finds_no_request(cast, received, act):
    stranger = client(cast.stranger)
    path = f"/api/v1/requests/{received.number}/"

    assert stranger.get(path).status_code == 404
    assert stranger.post(f"{path}{act}/", {"version": 3}, format="json").status_code == 404


def test_the_provider_does_not_see_what_has_not_left_the_house(cast, submitted):
    assert (
        client(cast.provider_head).get(f"/api/v1/requests/{submitted.number}/").status_code == 404
    )
    assert client(cast.officer).get("/api/v1/requests/").json()["results"] == []


def test_a_decision_that_is_somebody_elses_is_403_with_its_reason(cast, received):
    answer = client(cast.provider_steward).post(
        f"/api/v1/requests/{received.number}/agree/", {"version": received.version}, format="json"
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"
    assert answer.json()["message"]


def test_a_move_that_is_over_is_409(cast, agreement):
    request = agreement.request
    answer = client(cast.provider_head).post(
        f"/api/v1/requests/{request.number}/refuse/",
        {"version": request.version, "opinion": "x", "reason": "duplicate"},
        format="json",
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


@pytest.mark.parametrize("who", ["applicant", "system", "provider_head", "officer", "stranger"])
def test_list_detail_and_selector_agree(cast, agreement, who):
    party = getattr(cast, who)
    caller = client(party)
    visible = agreements_for(party).filter(pk=agreement.pk).exists()
    seen = requests_for(party).filter(pk=agreement.request_id).exists()

    listed = [one["number"] for one in caller.get("/api/v1/agreements/").json()["results"]]
    asked = [one["number"] for one in caller.get("/api/v1/requests/").json()["results"]]

    assert (agreement.number in listed) is visible
    assert (agreement.request.number in asked) is seen
    detail = caller.get(f"/api/v1/agreements/{agreement.number}/").status_code
    assert detail == (200 if visible else 404)
    assert visible is (who != "stranger")


def test_terminating_by_api(cast, agreement):
    path = f"/api/v1/agreements/{agreement.number}/terminate/"

    refused = client(cast.applicant).post(path, {"reason": "x"}, format="json")
    empty = client(cast.head).post(path, {"reason": ""}, format="json")
    ended = client(cast.head).post(path, {"reason": "用途已实现"}, format="json")

    assert (refused.status_code, empty.status_code, ended.status_code) == (403, 422, 200)
    assert (ended.json()["state"], ended.json()["end_reason"]) == ("terminated", "用途已实现")


def test_lists_need_few_queries(cast, agreement, django_assert_max_num_queries):
    caller = client(cast.applicant)

    for path in ("/api/v1/requests/", "/api/v1/agreements/"):
        with django_assert_max_num_queries(4):
            caller.get(path)


@pytest.mark.django_db(transaction=True)
class TestRowsOverHttp:
    def test_rows(self, cast, agreement):
        answer = client(cast.system).get(
            f"/api/v1/agreements/{agreement.number}/rows/?limit=2&fields=code"
        )

        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json()["rows"] == [{"code": "000000000001"}, {"code": "000000000002"}]
        assert answer.json()["next"]

    def test_an_item_outside_the_agreement(self, cast, agreement):
        answer = client(cast.system).get(
            f"/api/v1/agreements/{agreement.number}/rows/?fields=parent_code"
        )

        assert answer.status_code == 422
        assert "parent_code" in answer.json()["fields"]["fields"][0]

    def test_the_export(self, cast, agreement):
        answer = client(cast.system).get(f"/api/v1/agreements/{agreement.number}/export.csv")

        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f"{agreement.number}.csv" in answer.headers["Content-Disposition"]
        assert answer.getvalue().decode().splitlines()[5] == "000000000005,name 5"
        assert Pull.objects.get().rows == 5

    def test_an_error_before_the_stream_is_an_answer(self, cast, agreement):
        Agreement.objects.update(state="terminated", end_reason="超范围")

        answer = client(cast.system).get(f"/api/v1/agreements/{agreement.number}/export.csv")

        assert answer.status_code == 403
        assert "超范围" in answer.json()["message"]

    def test_who_signs_in_with_nothing_gets_401(self, agreement):
        answer = APIClient().get(f"/api/v1/agreements/{agreement.number}/rows/")

        assert answer.status_code == 401
        assert not Pull.objects.exists()

    def test_asking_for_the_head_alone_pulls_nothing(self, cast, agreement):
        answer = client(cast.system).head(f"/api/v1/agreements/{agreement.number}/export.csv")

        assert answer.status_code == 405
        assert not Pull.objects.exists()
