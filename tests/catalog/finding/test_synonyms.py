"""Synonyms: what they find, and who keeps them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Entry
from catalog import search, synonyms
from catalog.models import SearchSynonym
from catalog.selectors.catalogue import Query, catalogue_page
from catalog.services import synonyms as services
from portal.common.errors import Invalid, NotAllowed, StaleVersion
from tests.catalog.conftest import at
from tests.catalog.finding.conftest import names, put


def groups() -> list[list[str]]:
    return list(SearchSynonym.objects.order_by("pk").values_list("terms", flat=True))


def test_a_term_finds_what_holds_its_synonym_after_what_holds_itself(cast, with_synonyms):
    # given
    with_synonyms("低保 最低生活保障")
    put(name="最低生活保障对象", department=cast.civil)
    put(name="全省低保家庭基本信息登记名录", department=cast.civil)
    put(name="甲", abstract="最低生活保障。", department=cast.civil)

    # then
    long, short = "全省低保家庭基本信息登记名录", "最低生活保障对象"
    assert names(cast.stranger, "低保") == [long, short, "甲"]
    assert names(cast.stranger, "最低生活保障") == [short, long, "甲"]
    assert names(cast.stranger, "低保对象") == [short]
    page = catalogue_page(cast.stranger, Query(q="低保"))
    assert page.terms.synonyms == ["最低生活保障"]


@pytest.mark.parametrize(
    ("typed", "groups", "expected"),
    [
        ("户口", ["户籍 户口"], ["户籍"]),
        ("戶口", ["户籍 户口"], ["户籍"]),
        ("户籍登记", ["户籍 户籍登记"], ["户籍"]),
        ("户籍", ["户籍 户籍登记"], ["户籍登记"]),
        ("GDP", ["gdp 地区生产总值"], ["地区生产总值"]),
        ("GDPR", ["gdp 地区生产总值"], []),
        ("别的", ["户籍 户口"], []),
        ("社保", ["社保 社会保险", "医保 医疗保险"], ["社会保险"]),
    ],
)
def test_which_synonyms_a_term_has(typed, groups, expected):
    terms = search.parse(typed, synonyms=[group.casefold().split() for group in groups])

    assert terms.synonyms == expected


def test_a_change_is_in_force_at_once_and_in_other_processes(
    cast, django_capture_on_commit_callbacks
):
    # given
    put(name="户籍人口", department=cast.civil)
    assert names(cast.stranger, "户口", as_typed=True) == []

    # when
    with django_capture_on_commit_callbacks(execute=True):
        group = services.create(terms=["户口", " 户籍 ", "户籍"], by=cast.officer)

    # then
    assert group.terms == ["户口", "户籍"]
    assert names(cast.stranger, "户口") == ["户籍人口"]

    with django_capture_on_commit_callbacks(execute=True):
        services.delete(group=group, by=cast.officer)
    assert names(cast.stranger, "户口", as_typed=True) == []


def test_no_query_is_needed_until_they_change(db, django_assert_num_queries):
    synonyms.changed()
    with django_assert_num_queries(1):
        synonyms.current()
    with django_assert_num_queries(0):
        synonyms.current()


def test_every_write_is_recorded(cast):
    group = services.create(terms=["户口", "户籍"], note="公安", by=cast.officer)
    services.change(
        group=group, version=1, terms=["户口", "户籍", "户籍登记"], note="", by=cast.officer
    )
    services.delete(group=group, by=cast.officer)

    told = list(Entry.objects.order_by("id").values_list("action", "actor_id"))
    assert told == [
        (f"catalog.synonym.{how}", str(cast.officer.pk)) for how in ("create", "change", "delete")
    ]
    assert Entry.objects.order_by("id")[1].data["before"] == ["户口", "户籍"]


@pytest.mark.parametrize("who", ["steward", "head", "stranger"])
def test_only_officers_keep_them(cast, who):
    person = getattr(cast, who)
    group = SearchSynonym.objects.create(terms=["甲乙", "丙丁"])
    for act in (
        lambda: services.create(terms=["户口", "户籍"], by=person),
        lambda: services.change(group=group, version=1, terms=["户口", "户籍"], by=person),
        lambda: services.delete(group=group, by=person),
        lambda: services.upload(content="户口,户籍".encode(), by=person),
        lambda: services.take_over_shipped(by=person),
    ):
        with pytest.raises(NotAllowed):
            act()

    assert groups() == [["甲乙", "丙丁"]]
    assert not Entry.objects.exists()


def test_of_two_officers_the_second_is_told(cast):
    group = services.create(terms=["户口", "户籍"], by=cast.officer)
    services.change(group=group, version=1, terms=["户口", "户籍登记"], by=cast.officer)

    with pytest.raises(StaleVersion):
        services.change(group=group, version=1, terms=["户口", "别的"], by=cast.officer)

    assert groups() == [["户口", "户籍登记"]]


@pytest.mark.parametrize(
    "terms",
    [
        [],
        ["户口"],
        ["户口", "戶口"],  # one term in two scripts
        ["户口", "口"],
        ["户口", "户 籍"],
        ["户口", "，。"],
        ["户口", "=1+1户籍"],
        ["户口", "籍" * 41],
        ["户口", "户\u202e籍"],
        ["户口", "<b>户籍"],
        [f"词语{n}" for n in range(13)],
    ],
)
def test_groups_that_make_no_sense_are_refused(cast, terms):
    with pytest.raises(Invalid) as refused:
        services.create(terms=terms, by=cast.officer)

    assert refused.value.fields["terms"]
    assert groups() == []
    assert not Entry.objects.exists()


def test_a_file_is_taken_as_a_whole(cast):
    # given
    services.create(terms=["户籍", "户口"], by=cast.officer)

    # when: known in another order, empty lines, a byte order mark
    taken = services.upload(
        content="\ufeff户口,户籍\n\n低保,最低生活保障,\n".encode(), by=cast.officer
    )

    # then
    assert (taken.added, taken.known) == (1, 1)
    assert groups() == [["户籍", "户口"], ["低保", "最低生活保障"]]
    assert Entry.objects.get(action="catalog.synonym.import").data["added"] == 1
    taken = services.upload(content="社保,社会保险".encode("gb18030"), by=cast.officer)
    assert taken.added == 1


def test_all_problems_of_a_file_are_named_and_nothing_is_taken(cast):
    with pytest.raises(Invalid) as refused:
        services.upload(content="户籍,户口\n独\n甲乙,丙 丁\n=cmd|,别的".encode(), by=cast.officer)

    problems = " ".join(refused.value.fields["file"])
    for line in ("2", "3", "4"):
        assert line in problems
    assert groups() == []
    assert not Entry.objects.exists()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\xff", b"PK\x03\x04\x00\x00", b'"a,b'])
def test_what_is_no_such_file_is_refused(cast, content):
    with pytest.raises(Invalid) as refused:
        services.upload(content=content, by=cast.officer)

    assert refused.value.fields["file"]
    assert groups() == []


def test_the_shipped_groups_are_sound_and_are_added_once(cast):
    taken = services.take_over_shipped(by=None)

    assert taken.added > 80
    assert all(group.is_shipped for group in SearchSynonym.objects.all())
    assert services.take_over_shipped(by=cast.officer).added == 0
    assert services.upload(content=services.as_csv().encode(), by=cast.officer).added == 0


# Pages


def test_officers_keep_them_on_pages(cast, signed_in):
    client = signed_in(cast.officer)

    client.post(at("synonym_create"), {"terms": "户口\n户籍，户籍登记", "note": "公安"})
    (group,) = SearchSynonym.objects.all()
    assert group.terms == ["户口", "户籍", "户籍登记"]

    client.post(
        at("synonym_edit", group.pk), {"terms": "户口\n户籍", "note": "", "version": group.version}
    )
    assert groups() == [["户口", "户籍"]]

    refused = client.post(at("synonym_edit", group.pk), {"terms": "户口", "version": 2})
    assert refused.status_code == 422

    file = SimpleUploadedFile("a.csv", "低保,最低生活保障".encode())
    assert client.post(at("synonym_upload"), {"file": file}).status_code == 302
    bad = SimpleUploadedFile("a.csv", "独".encode())
    assert client.post(at("synonym_upload"), {"file": bad}).status_code == 422
    content = client.get(at("synonym_download")).content.decode("utf-8-sig")
    assert content == "低保,最低生活保障\r\n户口,户籍\r\n"

    client.post(at("synonym_delete", group.pk))
    assert groups() == [["低保", "最低生活保障"]]
    client.post(at("synonym_shipped"))
    assert len(groups()) > 80


def test_others_read_them_and_are_told_why_they_cannot_change_them(cast, signed_in):
    SearchSynonym.objects.create(terms=["户口", "户籍"])
    client = signed_in(cast.steward)

    page = client.get(at("synonym_list"), {"q": "戶籍"}).content.decode()
    assert "户口 / 户籍" in page
    assert at("synonym_create") not in page
    assert client.get(at("synonym_create")).status_code == 403
    assert client.post(at("synonym_shipped")).status_code == 403
