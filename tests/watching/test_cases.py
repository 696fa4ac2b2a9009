"""Cases and rules through their services: who, from which state, with which words; and what is kept."""

import pytest

from audit.models import Entry
from portal.common.errors import Invalid, NotAllowed, NotFound, StaleVersion, WrongState
from portal.organisation.models import DutyKind, User
from portal.watching.limits import in_force_of
from portal.watching.models import Alert, CaseMove, CaseState, CaseStep, RuleVersion
from portal.watching.rules import RULES
from portal.watching.services import cases
from portal.watching.services.rules import set_rule
from sharing.models import Agreement
from tests.factories import UserFactory
from tests.sharing.conftest import (  # noqa: F401 - fixtures
    Cast,
    agreement,
    cast,
    filled,
    resource,
)
from tests.world_parts import alert_on

pytestmark = pytest.mark.django_db

ACTS = {
    CaseMove.LOOK: cases.look,
    CaseMove.NOTE: cases.note,
    CaseMove.CONFIRM: cases.confirm,
    CaseMove.DISMISS: cases.dismiss,
    CaseMove.REOPEN: cases.reopen,
}
OPEN, LOOKED_AT, TRUE, FALSE = CaseState
# What becomes of a case in each state by each step; what is not here is refused.
BECOMES = {
    (OPEN, CaseMove.LOOK): LOOKED_AT,
    (OPEN, CaseMove.NOTE): OPEN,
    (LOOKED_AT, CaseMove.NOTE): LOOKED_AT,
    (TRUE, CaseMove.NOTE): TRUE,
    (FALSE, CaseMove.NOTE): FALSE,
    (LOOKED_AT, CaseMove.CONFIRM): TRUE,
    (LOOKED_AT, CaseMove.DISMISS): FALSE,
    (TRUE, CaseMove.REOPEN): LOOKED_AT,
    (FALSE, CaseMove.REOPEN): LOOKED_AT,
}


@pytest.fixture
def alert(agreement: Agreement) -> Alert:  # noqa: F811
    return alert_on(agreement)


@pytest.fixture
def guard() -> User:
    guard: User = UserFactory(duties=[DutyKind.SECURITY_ADMIN], name="安全员")
    return guard


def brought_to(alert: Alert, state: CaseState, by: User) -> Alert:
    if state == OPEN:
        return alert
    alert = cases.look(alert=alert, version=alert.version, by=by)
    if state == LOOKED_AT:
        return alert
    close = cases.confirm if state == TRUE else cases.dismiss
    return close(alert=alert, version=alert.version, words="查明", by=by)


@pytest.mark.parametrize("how", ACTS)
@pytest.mark.parametrize("state", CaseState)
def test_a_case_goes_the_way_of_the_table(
    alert: Alert, guard: User, state: CaseState, how: CaseMove
) -> None:
    # given
    held = brought_to(alert, state, guard)
    entries = Entry.objects.count()

    # when, then
    if (state, how) not in BECOMES:
        with pytest.raises(WrongState):
            ACTS[how](alert=held, version=held.version, words="说明", by=guard)
        held.refresh_from_db()
        assert held.state == state
        assert Entry.objects.count() == entries
        return
    done = ACTS[how](alert=held, version=held.version, words="说明", by=guard)
    assert done.state == BECOMES[state, how]
    assert (done.closed_at is not None) == (done.state in {TRUE, FALSE})
    entry = Entry.objects.latest("pk")
    assert (entry.action, entry.actor_id) == (f"watching.case.{how}", str(guard.pk))
    assert (entry.data["before"], entry.data["after"]) == (state, done.state)
    step = CaseStep.objects.filter(alert=held).latest("pk")
    assert (step.move, step.by, step.words) == (how, guard, "说明")


@pytest.mark.parametrize("who", ["provider_head", "provider_steward"])
def test_the_provider_works_on_the_cases_of_its_own_agreements(
    cast: Cast,  # noqa: F811
    alert: Alert,
    who: str,
) -> None:
    assert cases.look(alert=alert, version=1, by=getattr(cast, who)).state == LOOKED_AT


@pytest.mark.parametrize("who", ["applicant", "head", "officer", "stranger"])
def test_nobody_else_knows_of_them_least_of_all_the_requester(
    cast: Cast,  # noqa: F811
    alert: Alert,
    who: str,
) -> None:
    # when
    with pytest.raises(NotFound):
        cases.look(alert=alert, version=1, by=getattr(cast, who))

    # then
    alert.refresh_from_db()
    assert (alert.state, CaseStep.objects.count()) == (OPEN, 0)
    assert not Alert.objects.permitted(getattr(cast, who)).exists()
    assert not Alert.objects.permitted(cast.system).exists()


def test_a_case_without_an_agreement_is_the_security_administrators_alone(
    cast: Cast,  # noqa: F811
    guard: User,
) -> None:
    alert = alert_on(None)
    assert not Alert.objects.permitted(cast.provider_head).exists()
    assert list(Alert.objects.permitted(guard)) == [alert]


def test_the_audit_administrator_reads_and_does_nothing(alert: Alert) -> None:
    # given
    reader = UserFactory(duties=[DutyKind.AUDIT_ADMIN])

    # when
    with pytest.raises(NotAllowed):
        cases.look(alert=alert, version=1, by=reader)

    # then
    assert list(Alert.objects.permitted(reader)) == [alert]
    alert.refresh_from_db()
    assert alert.state == OPEN


def test_nobody_works_on_a_case_about_themselves(agreement: Agreement, guard: User) -> None:  # noqa: F811
    # given
    alert = alert_on(agreement, f"person:{guard.pk}")

    # when
    with pytest.raises(NotAllowed):
        cases.look(alert=alert, version=1, by=guard)

    # then
    alert.refresh_from_db()
    assert alert.state == OPEN


@pytest.mark.parametrize("words", ["", "  ", "长" * 2001, "\x00"])
def test_a_case_is_closed_with_words_that_can_be_read(
    alert: Alert, guard: User, words: str
) -> None:
    # given
    held = brought_to(alert, LOOKED_AT, guard)

    # when
    with pytest.raises(Invalid) as refused:
        cases.dismiss(alert=held, version=held.version, words=words, by=guard)

    # then
    assert list(refused.value.fields) == ["words"]
    held.refresh_from_db()
    assert held.state == LOOKED_AT


def test_the_second_of_two_is_told(alert: Alert, guard: User, cast: Cast) -> None:  # noqa: F811
    # given
    cases.look(alert=alert, version=1, by=guard)

    # when
    with pytest.raises(StaleVersion):
        cases.note(alert=alert, version=1, words="说明", by=cast.provider_head)

    # then
    assert CaseStep.objects.count() == 1


def test_a_rule_is_set_in_versions_and_what_changed_is_on_record(guard: User) -> None:
    # when
    made = set_rule(
        code="denials",
        version=0,
        is_on=True,
        limits={"least": 10, "minutes": 30},
        reason="演练",
        by=guard,
    )
    set_rule(
        code="denials",
        version=1,
        is_on=False,
        limits={"least": 10, "minutes": 30},
        reason="维护",
        by=guard,
    )

    # then
    assert made.version == 1
    held = in_force_of(RULES["denials"])
    assert (held.version, held.is_on, held.limits) == (2, False, {"least": 10, "minutes": 30})
    assert RuleVersion.objects.count() == 2
    entry = Entry.objects.filter(action="watching.rule.change").earliest("pk")
    assert entry.data["before"] == {"is_on": True, "least": 30, "minutes": 60}
    assert entry.data["after"] == {"is_on": True, "least": 10, "minutes": 30}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"limits": {"least": 2, "minutes": 60}}, Invalid),
        ({"limits": {"least": 30}}, Invalid),
        ({"limits": {"least": 30, "minutes": 60, "more": 1}}, Invalid),
        ({"reason": " "}, Invalid),
        ({"version": 1}, StaleVersion),
        ({"code": "nothing"}, NotFound),
    ],
)
def test_a_rule_is_not_set_to_what_makes_no_sense(
    guard: User, changed: dict[str, object], error: type[Exception]
) -> None:
    given: dict[str, object] = {
        "code": "denials",
        "version": 0,
        "is_on": True,
        "limits": {"least": 30, "minutes": 60},
        "reason": "演练",
    }
    with pytest.raises(error):
        set_rule(**{**given, **changed}, by=guard)  # type: ignore[arg-type]
    assert not RuleVersion.objects.exists()
    assert not Entry.objects.filter(action="watching.rule.change").exists()


@pytest.mark.parametrize("duty", [DutyKind.AUDIT_ADMIN, DutyKind.SYSTEM_ADMIN, DutyKind.STEWARD])
def test_only_the_security_administrator_sets_a_rule(duty: DutyKind) -> None:
    with pytest.raises(NotAllowed):
        set_rule(
            code="denials",
            version=0,
            is_on=True,
            limits=RULES["denials"].defaults,
            reason="演练",
            by=UserFactory(duties=[duty]),
        )
    assert not RuleVersion.objects.exists()
