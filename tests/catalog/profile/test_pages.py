"""Profile, sample and quality as people and programs meet them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Entry
from catalog.models import Resource, ResourceProfile
from catalog.profile_presentation import _outer
from tests.catalog.conftest import at
from tests.factories import UserFactory
from tests.html_checks import fragment_problems, problems
from tests.trail import acts, refused

ITEMS = [
    {"name": "名称", "column": "name"},
    {"name": "床位数", "column": "beds", "type": "I"},
    {"name": "成立日期", "column": "founded_on", "type": "D"},
    {"name": "费用", "column": "fee", "type": "Y", "sharing_attribute": "conditional"},
    {"name": "联系人", "column": "person", "is_personal": True, "masking_rule": "person_name"},
]
ROWS = [
    (
        "甲" if number % 3 else "<b>乙</b>",
        number % 90 + 1000,
        f"{2000 + number % 20}-03-01",
        f"{number}.50",
        None if number % 10 == 0 else "欧阳修",
    )
    for number in range(300)
]
PAGE_QUERIES, PROFILE_QUERIES, SAMPLE_QUERIES = 16, 8, 9
API = "/api/v1/resources/{}/{}/"


@pytest.fixture
def resource(shelf) -> Resource:
    made = shelf.put(ROWS, ITEMS)
    shelf.profile(made)
    return made


@pytest.fixture
def insider(resource):
    return UserFactory(department=resource.department)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_are_well_formed_in_both_languages(resource, insider, signed_in, language):
    for person in (insider, UserFactory()):
        for name in ("resource", "resource_profile", "resource_sample"):
            answer = signed_in(person).get(
                at(name, resource.pk), headers={"accept-language": language}
            )
            assert answer.status_code == 200
            assert problems(answer.content.decode()) == [], name


def english(client, path):
    return client.get(path, headers={"accept-language": "en"}).content.decode()


def test_the_entry_tells_the_profile_of_its_columns(resource, insider, signed_in):
    page = english(signed_in(insider), at("resource", resource.pk))

    assert "甲 <span" in page
    assert "200 · 66.7%" in page
    assert "&lt;b&gt;乙&lt;/b&gt;" in page
    assert "<b>乙</b>" not in page
    assert "1,000 – 1,010: 40" in page
    assert "2000: 15" in page
    assert "10% (30 of 300)" in page  # empty contacts are counted, their names are not told
    assert "Protected item: its values are not told." in page
    assert "欧阳修" not in page
    assert "stands for 10 rows or more" in page


@pytest.mark.parametrize(
    ("bars", "words"),
    [
        ([["0", "100", 20], ["100", "200", 20]], "about 0 – 200"),
        ([[None, "100", 20], ["100", "200", 20], ["200", None, 20]], "mostly 100 – 200"),
        ([["0", "100", 20], ["100", None, 20]], "mostly 0 – 100"),
        ([["1500", None, 20]], "1,500 or more"),
        ([[None, "1500", 20]], "below 1,500"),
        ([[None, "5", 20], ["5", None, 20]], ""),
        ([[None, None, 20]], ""),
        ([["2001-01-01", "2011-01-01", 20]], "about 2001–2010"),
        (
            [["2025-01-01", "2025-02-01", 9], ["2025-02-01", "2025-04-01", 9]],
            "about 2025-01 – 2025-03",
        ),
        ([["2025-01-03", "2025-01-04", 20]], "about 2025-01-03"),
        ([["-5", "-4", 20]], "about -5"),
        ([["0.5", "1.5", 20]], "about 0.5 – 1.5"),
    ],
)
def test_the_range_is_said_as_far_as_it_is_known(bars, words):
    assert _outer(bars) == words


def test_values_of_conditional_items_are_told_to_the_provider_alone(resource, insider, signed_in):
    words = "Its values are not told without an agreement."

    assert words not in english(signed_in(insider), at("resource", resource.pk))
    assert words in english(signed_in(UserFactory()), at("resource", resource.pk))


def test_the_page_takes_a_fixed_number_of_queries(
    resource, shelf, signed_in, django_assert_num_queries
):
    """Of which three are the profile's: itself, its columns, the last runs."""
    client = signed_in(UserFactory())
    wide = shelf.put(
        [(1,) * 25] * 20, [{"name": f"项{n}", "column": f"c{n}", "type": "I"} for n in range(25)]
    )
    shelf.profile(wide)
    client.get(at("resource", resource.pk))

    for one in (resource, wide):
        with django_assert_num_queries(PAGE_QUERIES):
            client.get(at("resource", one.pk))
        with django_assert_num_queries(PROFILE_QUERIES):
            client.get(at("resource_profile", one.pk))
        with django_assert_num_queries(SAMPLE_QUERIES):
            client.get(at("resource_sample", one.pk))


def test_the_page_says_whether_its_rows_are_fresh(resource, signed_in):
    client = signed_in(UserFactory())
    assert "updated in time" in english(client, at("resource", resource.pk))

    Resource.objects.update(rows_changed_at=resource.rows_changed_at - timedelta(days=400))
    assert "update overdue" in english(client, at("resource", resource.pk))

    Resource.objects.update(update_frequency="9")
    assert "irregularly updated" in english(client, at("resource", resource.pk))


def test_a_profile_of_a_sample_says_so(resource, signed_in):
    ResourceProfile.objects.update(row_count=4_000_000)

    page = english(signed_in(UserFactory()), at("resource", resource.pk))

    assert "Estimated from a sample of 300 of 4,000,000 rows." in page


def test_a_profile_that_is_behind_or_failed_says_so(resource, signed_in):
    client = signed_in(UserFactory())
    Resource.objects.update(rows_changed_at=timezone.now())
    assert "they are being counted anew" in english(client, at("resource", resource.pk))

    ResourceProfile.objects.update(is_failed=True, rows_read=0)
    ResourceProfile.objects.get().columns.all().delete()
    page = english(client, at("resource", resource.pk))
    assert "The columns could not be counted" in page
    assert "The columns have not been counted." in page  # completeness is not measured


def test_the_quality_says_what_is_measured_and_what_is_not(resource, insider, signed_in):
    page = english(signed_in(insider), at("resource", resource.pk))

    assert "98.3 of 100" in page
    assert "1,770 of 1,800" in page
    assert "No item with values is bound to a code list." in page
    assert "the score is that of the one dimension that is measured".lower() in page.lower()


def test_a_look_at_sample_rows_is_asked_for_and_recorded(resource, signed_in):
    stranger = UserFactory()
    client = signed_in(stranger)

    page = english(client, at("resource", resource.pk))
    assert at("resource_sample", resource.pk) in page
    assert "欧**" not in page
    assert not Entry.objects.exists()

    part = client.get(
        at("resource_sample", resource.pk), headers={"hx-request": "true", "accept-language": "en"}
    )
    text = part.content.decode()
    assert fragment_problems(text) == []
    assert "<html" not in text
    assert text.count("欧**") == 9
    assert "欧阳" not in text
    assert text.count(">****</td>") == 10  # the conditional fee
    assert part["Cache-Control"].startswith("max-age=0")
    assert "HX-Request" in part["Vary"]
    assert Entry.objects.get().actor_name == stranger.name


def test_where_no_rows_are_shown_the_page_says_why(resource, signed_in):
    Resource.objects.filter(pk=resource.pk).update(grade="L4")
    client = signed_in(UserFactory())
    words = "Data of grade L4 is shown to nobody here."

    page = english(client, at("resource", resource.pk))
    assert words in page
    assert at("resource_sample", resource.pk) not in page

    answer = client.get(at("resource_sample", resource.pk), headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert words in answer.content.decode()
    part = client.get(
        at("resource_sample", resource.pk), headers={"hx-request": "true", "accept-language": "en"}
    )
    assert (part.status_code, words in part.content.decode()) == (200, True)
    assert refused() == ["deny"]  # the second is counted
    assert not acts().exists()


def test_visitors_are_asked_to_sign_in_for_what_is_not_open(resource, client):
    for name in ("resource_profile", "resource_sample"):
        for pk in (resource.pk, 999_999):
            answer = client.get(at(name, pk))
            assert (answer.status_code, "login" in answer["Location"]) == (302, True)


def test_what_one_may_not_see_is_not_there(resource, signed_in):
    Resource.objects.filter(pk=resource.pk).update(state="draft", visible_to=[])
    client = signed_in(UserFactory())

    for name in ("resource", "resource_profile", "resource_sample"):
        assert client.get(at(name, resource.pk)).status_code == 404
    for name in ("profile", "sample"):
        assert client.get(API.format(resource.pk, name)).status_code == 404
    assert refused() == ["miss"] * 5
    assert not acts().exists()


def test_an_entry_whose_columns_were_not_counted_says_so(shelf, signed_in):
    resource = shelf.put(ROWS, ITEMS)

    page = english(signed_in(UserFactory()), at("resource", resource.pk))

    assert "The columns are counted after each sync; that has not happened yet." in page
    assert "None of the six dimensions of GB/T 36344-2018 can be measured yet." in page


def test_an_entry_without_rows_shows_neither(shelf, signed_in):
    resource = shelf.put([], ITEMS)
    Resource.objects.update(rows_changed_at=None)

    page = english(signed_in(UserFactory()), at("resource", resource.pk))

    assert 'id="profile"' not in page
    assert 'id="quality"' not in page


def test_the_first_thirty_items_stand_on_the_page_and_all_on_their_own(shelf, signed_in):
    items = [{"name": f"项{number}", "column": f"c{number}", "type": "I"} for number in range(40)]
    resource = shelf.put([tuple(range(40))] * 3, items)
    shelf.profile(resource)
    client = signed_in(UserFactory())

    page = english(client, at("resource", resource.pk))
    assert "11 more items" in page
    assert page.count("No value is held by 10 rows or more.") == 30
    all_of_them = english(client, at("resource_profile", resource.pk))
    assert all_of_them.count("No value is held by 10 rows or more.") == 41


# Programs


def test_the_api_tells_the_same(resource, signed_in):
    told = signed_in(UserFactory()).get(API.format(resource.pk, "profile")).json()

    assert (told["row_count"], told["rows_read"], told["is_outdated"]) == (300, 300, False)
    columns = {one["column"]: one for one in told["columns"]}
    assert columns["name"]["top_values"] == [
        {"value": "甲", "rows": 200},
        {"value": "<b>乙</b>", "rows": 100},
    ]
    assert columns["beds"]["histogram"][0] == {"low": "1000", "below": "1010", "rows": 40}
    assert (columns["fee"]["tells_values"], columns["fee"]["histogram"]) == (False, [])
    assert (columns["person"]["nulls"], columns["person"]["distinct"]) == (30, 1)
    assert (columns["person"]["tells_values"], columns["person"]["minimum"]) == (False, "")
    scores = {one["dimension"]: one for one in told["quality"]["scores"]}
    assert told["quality"]["overall"] == "98.3"
    assert (scores["completeness"]["part"], scores["completeness"]["whole"]) == (1770, 1800)
    assert (scores["accuracy"]["is_measured"], scores["accuracy"]["percent"]) == (False, None)


def test_the_api_gives_masked_rows_and_records_the_look(resource, signed_in):
    told = signed_in(UserFactory()).get(API.format(resource.pk, "sample")).json()

    assert [one["masking_rule"] for one in told["columns"]] == [
        "",
        "",
        "",
        "",
        "hidden",
        "person_name",
    ]
    assert told["rows"][1] == ["000001", "甲", "1001", "2001-03-01", "****", "欧**"]
    assert len(told["rows"]) == 10
    assert Entry.objects.get().action == "catalog.sample.look"


def test_the_api_refuses_rows_that_are_not_shown(resource, signed_in):
    Resource.objects.filter(pk=resource.pk).update(national_grade="core", sharing_modes=[])

    answer = signed_in(UserFactory()).get(API.format(resource.pk, "sample"))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert refused() == ["deny"]
    assert not acts().exists()


def test_an_open_entry_is_told_to_visitors(shelf, client):
    resource = shelf.put([("甲",)] * 30, [{"name": "名称", "column": "name"}], is_open=True)
    shelf.profile(resource)

    told = client.get(API.format(resource.pk, "profile")).json()
    assert told["columns"][1]["top_values"] == [{"value": "甲", "rows": 30}]
    assert len(client.get(API.format(resource.pk, "sample")).json()["rows"]) == 10
    assert client.get(at("resource_sample", resource.pk)).status_code == 200
    assert set(Entry.objects.values_list("actor_kind", flat=True)) == {"anonymous"}
