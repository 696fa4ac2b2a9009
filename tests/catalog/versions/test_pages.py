"""The pages: versions, one version, comparison, the change and its end."""

import pytest
from django.test import Client

from catalog.models import Resource
from catalog.selectors.tasks import tasks_for
from catalog.services import review
from tests.catalog.conftest import at, published
from tests.factories import ResourceFactory
from tests.html_checks import problems

from .conftest import begun, changed, items_of, waiting, written


def seen(client: Client, name: str, *args, **asked) -> str:
    answer = client.get(at(name, *args), asked)
    assert answer.status_code == 200
    words = answer.content.decode()
    assert problems(words) == []
    return words


def test_everybody_reads_the_versions_but_names_are_for_those_who_work_on_the_entry(
    cast, live, signed_in
):
    # given
    changed(cast, live, abstract="新的摘要。")

    # then
    for person, sees_names in ((cast.stranger, False), (cast.steward, True), (cast.officer, True)):
        words = seen(signed_in(person), "resource_versions", live.pk)
        assert at("resource_version", live.pk, 1) in words
        assert at("resource_version", live.pk, 2) in words
        assert ("林岚" in words.split("<main")[1]) == sees_names


def test_a_version_is_read_as_it_was(cast, live, signed_in):
    # given
    changed(cast, live, name="新名称", items=items_of(live)[:1])

    # when
    words = seen(signed_in(cast.stranger), "resource_version", live.pk, 1)

    # then
    assert "统计用区划代码" in words
    assert "区划名称" in words
    assert "林岚" not in words


def test_two_versions_are_compared(cast, live, signed_in):
    # given
    changed(cast, live, abstract="第二版摘要")
    live.refresh_from_db()
    changed(cast, live, abstract="第三版摘要", items=items_of(live)[:1])
    client = signed_in(cast.stranger)

    # when
    last = seen(client, "resource_compare", live.pk)
    all_ = seen(client, "resource_compare", live.pk, before=1, after=3)

    # then
    assert "<del>第二版摘要</del>" in last
    assert "<ins>第三版摘要</ins>" in last
    assert "区划名称" in last
    assert "第二版摘要" not in all_
    assert client.get(at("resource_compare", live.pk), {"before": 9}).status_code == 404


def test_one_version_alone_has_nothing_to_be_compared_with(cast, live, signed_in):
    seen(signed_in(cast.stranger), "resource_compare", live.pk)


def test_what_was_not_published_to_a_department_stays_hidden_when_the_audience_grows(
    cast, signed_in
):
    # given
    live = published(cast, visibility="reviewers", name="内部名称")
    after = changed(cast, live, visibility="departments", name="公开名称")
    client = signed_in(cast.stranger)

    # when
    words = seen(client, "resource_versions", after.pk)

    # then
    assert at("resource_version", after.pk, 2) in words
    assert at("resource_version", after.pk, 1) not in words
    assert client.get(at("resource_version", after.pk, 1)).status_code == 404
    assert (
        client.get(at("resource_compare", after.pk), {"before": 1, "after": 2}).status_code == 404
    )
    assert seen(signed_in(cast.steward), "resource_version", after.pk, 1)


def test_visitors_read_the_versions_of_what_is_open_and_sign_in_for_the_rest(cast, live):
    # given
    visitor = Client()
    opened = changed(cast, published(cast, name="公共厕所"), is_open=True)

    # then
    words = seen(visitor, "resource_versions", opened.pk)
    assert at("resource_version", opened.pk, 2) in words
    assert at("resource_version", opened.pk, 1) not in words
    seen(visitor, "resource_version", opened.pk, 2)
    for name, args in (
        ("resource_versions", [live.pk]),
        ("resource_version", [live.pk, 1]),
        ("resource_compare", [live.pk]),
        ("resource_versions", [999_999]),
        ("resource_version", [opened.pk, 1]),
    ):
        assert visitor.get(at(name, *args)).status_code == 302


def test_versions_are_listed_with_a_constant_number_of_queries(
    cast, live, signed_in, django_assert_max_num_queries
):
    changed(cast, live, abstract="二")
    live.refresh_from_db()
    client = signed_in(cast.steward)
    client.get(at("resource_versions", live.pk))

    with django_assert_max_num_queries(20) as few:
        client.get(at("resource_versions", live.pk))
    changed(cast, live, abstract="三")
    with django_assert_max_num_queries(len(few)):
        client.get(at("resource_versions", live.pk))


# Changing


def test_a_steward_begins_a_change_from_the_page_of_the_entry(cast, live, signed_in):
    # given
    client = signed_in(cast.steward)
    assert at("resource_revise", live.pk) in seen(client, "resource", live.pk)
    seen(client, "resource_revise", live.pk)

    # when
    answer = client.post(at("resource_revise", live.pk), {"version": live.version})

    # then
    change = Resource.objects.get(revision_of=live)
    assert answer.url == at("resource_edit", change.pk)
    assert client.get(answer.url).status_code == 200
    page = seen(client, "resource", live.pk)
    assert at("resource_revise", live.pk) not in page
    assert at("resource_compare", change.pk) in page
    assert at("resource_compare", change.pk) in seen(client, "resource", change.pk)


def test_the_page_says_no_to_a_stale_beginning(cast, live, signed_in):
    answer = signed_in(cast.steward).post(at("resource_revise", live.pk), {"version": 1})

    assert answer.status_code == 422
    assert problems(answer.content.decode()) == []
    assert not Resource.objects.filter(revision_of=live).exists()


@pytest.mark.parametrize(("who", "status"), [("stranger", 403), ("head", 403), ("officer", 403)])
def test_nobody_else_is_offered_a_change(cast, live, signed_in, who, status):
    client = signed_in(getattr(cast, who))

    assert client.get(at("resource_revise", live.pk)).status_code == status
    assert (
        at("resource_revise", live.pk) not in client.get(live.get_absolute_url()).content.decode()
    )


def test_a_change_is_shown_beside_its_entry_and_before_it_is_submitted(cast, live, signed_in):
    # given
    change = written(cast, begun(cast, live), abstract="新的摘要", items=items_of(live)[:1])
    client = signed_in(cast.steward)

    # then
    for name in ("resource_compare", "resource_submit"):
        words = seen(client, name, change.pk)
        assert "<ins>新的摘要</ins>" in words
        assert "区划名称" in words


def test_the_reviewer_decides_with_the_comparison_in_sight(cast, live, signed_in):
    # given
    change = waiting(cast, live, abstract="新的摘要")
    client = signed_in(cast.officer)
    sent = {"version": change.version, "decision": "forward", "opinion": "同意。"}

    # when
    words = seen(client, "resource_decide", change.pk)
    asked = client.post(at("resource_decide", change.pk), sent)
    answer = client.post(at("resource_decide", change.pk), {**sent, "confirmed": "1"})

    # then
    assert "<ins>新的摘要</ins>" in words
    assert problems(asked.content.decode()) == []
    assert answer.url == at("review_list")
    live.refresh_from_db()
    assert live.abstract == "新的摘要"
    page = seen(client, "resource", live.pk)
    assert "同意。" in page


def test_strangers_do_not_see_a_change(cast, live, signed_in):
    change = waiting(cast, live)
    client = signed_in(cast.stranger)

    for name in ("resource", "resource_compare", "resource_versions", "resource_discard"):
        assert client.get(at(name, change.pk)).status_code == 404


def test_a_steward_discards_a_change_after_being_asked(cast, live, signed_in):
    # given
    change = begun(cast, live)
    client = signed_in(cast.steward)
    seen(client, "resource_discard", change.pk)

    # when
    answer = client.post(
        at("resource_discard", change.pk), {"version": change.version, "reasons": "不再需要"}
    )

    # then
    assert answer.url == at("resource", live.pk)
    change.refresh_from_db()
    assert change.state == "discarded"
    assert "不再需要" in seen(client, "resource", change.pk)
    seen(client, "resource_compare", change.pk)


@pytest.mark.parametrize("end", ["merged", "discarded"])
def test_ended_changes_are_not_among_my_resources(cast, live, signed_in, end):
    # given
    ended = ResourceFactory(department=cast.civil, revision_of=live, state=end, code=live.code)

    # when
    words = seen(signed_in(cast.steward), "my_resources")

    # then
    assert ended.get_absolute_url() not in words
    assert live.get_absolute_url() in words


def test_an_ended_change_tells_what_it_changed_then(cast, live, signed_in):
    # given
    change = waiting(cast, live, abstract="第二版")
    after = review.publish(resource=change, version=change.version, by=cast.officer)
    changed(cast, after, abstract="第三版")

    # when
    words = seen(signed_in(cast.steward), "resource_compare", change.pk)

    # then
    assert "<ins>第二版</ins>" in words
    assert "第三版" not in words


def test_stewards_are_told_when_their_change_ended_with_its_entry(cast, live, signed_in):
    # given
    change = begun(cast, live)
    assert tasks_for(cast.steward) == []
    asked = signed_in(cast.head).get(at("resource_withdraw", live.pk))
    assert len(asked.context["consequences"]) == 4

    # when
    review.withdraw(resource=live, version=live.version, reasons="职责调整", by=cast.head)

    # then
    (task,) = tasks_for(cast.steward)
    assert (task.kind, task.url) == ("catalog.discarded", change.get_absolute_url())
    assert "职责调整" in seen(signed_in(cast.steward), "resource", change.pk)
    assert tasks_for(cast.stranger) == []


def test_a_change_waits_in_the_inbox_of_its_reviewers(cast, live):
    waiting(cast, live)

    (task,) = tasks_for(cast.officer)

    assert task.consequence == "Until you decide, the published entry stays as it is."


def test_the_home_page_announces_a_change_as_one(cast, live, signed_in):
    changed(cast, live, abstract="新")

    words = signed_in(cast.stranger).get("/").content.decode()

    assert f'<a href="{live.get_absolute_url()}">' in words
