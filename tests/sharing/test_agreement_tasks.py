"""What waits for the heads in agreements is in their inbox, and in nobody else's."""

import pytest

from sharing.presentation import agreement_standing
from sharing.selectors import agreement_page, tasks_for
from sharing.services import ending, suspensions
from tests.agreements import confirmed, proposed
from tests.factories import in_days


def kinds(cast) -> dict[str, list[str]]:
    found = {
        who: [one.kind for one in tasks_for(getattr(cast, who)) if "agreement" in one.kind]
        for who in ("applicant", "head", "provider_steward", "provider_head", "officer", "stranger")
    }
    return {who: tasks for who, tasks in found.items() if tasks}


def standing(cast, agreement) -> str:
    page = agreement_page(cast.head, agreement.number)
    return str(agreement_standing(page).next_actor)


def test_terms_wait_for_each_head_until_that_head_has_confirmed(cast, awaiting):
    before = kinds(cast)
    confirmed(awaiting, cast.head)
    between = kinds(cast)
    confirmed(awaiting, cast.provider_head)

    assert before == {"head": ["agreement_confirm"], "provider_head": ["agreement_confirm"]}
    assert between == {"provider_head": ["agreement_confirm"]}
    assert kinds(cast) == {}


def test_an_amendment_waits_for_both(cast, agreement):
    proposed(agreement, cast.applicant, calls_a_day=5)

    assert sorted(kinds(cast)) == ["head", "provider_head"]


def test_what_has_to_be_put_right_waits_for_the_requesters_head_until_it_reports(cast, agreement):
    suspensions.suspend(agreement=agreement, reason="超范围", by=cast.officer)
    assert kinds(cast) == {}

    suspensions.rectify(agreement=agreement, demand="删除", until=in_days(3), by=cast.officer)
    assert kinds(cast) == {"head": ["agreement_report"]}

    assert standing(cast, agreement) == "由省教育厅整改"

    suspensions.report(agreement=agreement, report="已删除", by=cast.head)
    assert kinds(cast) == {"officer": ["agreement_restore"]}
    assert standing(cast, agreement) == "由作出暂停决定的一方审查整改情况"

    suspensions.restore(agreement=agreement, reason="已整改", by=cast.officer)
    assert kinds(cast) == {}
    assert standing(cast, agreement) == ""


def test_what_was_put_right_waits_for_the_provider_that_suspended(cast, agreement):
    suspensions.suspend(agreement=agreement, reason="超范围", by=cast.provider_head)
    suspensions.rectify(agreement=agreement, demand="删除", until=in_days(3), by=cast.provider_head)
    suspensions.report(agreement=agreement, report="已删除", by=cast.head)

    assert kinds(cast) == {"provider_head": ["agreement_restore"]}


@pytest.mark.parametrize("agrees", [True, False])
def test_a_planned_end_waits_for_the_requesters_head(cast, agreement, agrees):
    ending.consult(agreement=agreement, reason="系统下线", by=cast.provider_head)
    assert kinds(cast) == {"head": ["agreement_answer"]}
    assert standing(cast, agreement) == "由省教育厅答复是否同意停止服务"

    ending.answer(agreement=agreement, agrees=agrees, answer="知悉", by=cast.head)
    assert kinds(cast) == {}
