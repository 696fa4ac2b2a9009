"""A region's competent department sets when dates turn amber and red, and when who is told."""

from dataclasses import replace
from datetime import date

import pytest
from django.template import Context, Template
from django.urls import reverse
from django.utils.translation import override

from audit.models import Entry
from portal.clocks import thresholds as memory
from portal.clocks.models import ThresholdPolicy
from portal.clocks.services import running
from portal.clocks.services.sweeping import sweep
from portal.clocks.services.thresholds import set_thresholds
from portal.clocks.thresholds import PLATFORM
from portal.common.errors import Invalid, NotAllowed, StaleVersion
from sharing import deadlines
from sharing.models import Deadline

from .conftest import ticking, told

FIVE = replace(PLATFORM, remind_days=5, amber_days=5, red_days=1, head_days=1, competent_days=1)


@pytest.fixture(autouse=True)
def _forget():
    memory.forget()
    yield
    memory.forget()


def shown(clock: Deadline) -> str:
    with override("en"):
        html = Template("{% load working_days %}{% due clock %}").render(Context({"clock": clock}))
    return " ".join(html.split())


@pytest.mark.parametrize(
    ("day", "tone", "sign", "words"),
    [
        (date(2026, 11, 6), "", "", "6 working days left"),
        (date(2026, 11, 9), "due-soon", "#clock", "5 working days left"),
        (date(2026, 11, 12), "due-soon", "#clock", "2 working days left"),
        (date(2026, 11, 13), "due-urgent", "#alert-triangle", "1 working day left"),
        (date(2026, 11, 16), "due-today", "#alert-triangle", "Due today"),
        (date(2026, 11, 18), "due-late", "#alert-triangle", "2 working days overdue"),
    ],
)
def test_amber_and_red_come_with_words_and_signs(cast, clock, freeze, day, tone, sign, words):
    set_thresholds(thresholds=FIVE, version=0, by=cast.officer)
    memory.forget()
    freeze(day)

    html = shown(clock)

    assert f'class="due {tone}"' in html
    assert words in html
    assert (sign in html) if sign else ("<svg" not in html)
    assert "Mon 16 Nov" in html


def test_another_region_keeps_the_platform_s_own(cast, clock, freeze):
    set_thresholds(thresholds=FIVE, version=0, by=cast.officer)
    memory.forget()
    freeze(date(2026, 11, 9))
    clock.region = "110000"

    assert 'class="due "' in shown(clock)


def test_a_clock_that_stands_and_one_met_late_say_so(cast, clock, freeze):
    freeze(date(2026, 11, 4))
    running.pause(clock, on=date(2026, 11, 4), why="补正")
    assert "Stands since Wed 4 Nov" in shown(clock)

    freeze(date(2026, 11, 20))
    other = ticking(cast)
    deadlines.meet(request=other.request, kind=other.kind, at=deadlines_now())
    other.refresh_from_db()
    assert "Done, but late" in shown(other)


def deadlines_now():
    from django.utils import timezone

    return timezone.now()


def test_a_platform_target_never_looks_like_law(clock, freeze):
    freeze(date(2026, 11, 9))
    clock.article = None

    assert "platform target, not a legal limit" in shown(clock)


def test_the_sweep_goes_by_them(cast, clock, freeze):
    set_thresholds(thresholds=FIVE, version=0, by=cast.officer)
    freeze(date(2026, 11, 9))
    sweep()
    assert told() == [("孙处长", "reminder")]

    freeze(date(2026, 11, 17))
    sweep()

    assert ("林岚", "competent") in told()


@pytest.mark.parametrize("who", ["provider_head", "stranger", "applicant"])
def test_only_the_competent_department_sets_them(cast, who, client):
    with pytest.raises(NotAllowed):
        set_thresholds(thresholds=FIVE, version=0, by=getattr(cast, who))
    client.force_login(getattr(cast, who))

    assert client.post(reverse("clocks:thresholds"), {}).status_code == 403
    assert client.get(reverse("clocks:thresholds")).status_code == 200
    assert not ThresholdPolicy.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"remind_days": 0}, "remind_days"),
        ({"competent_days": 21}, "competent_days"),
        ({"red_days": 4}, "red_days"),
        ({"head_days": 6}, "competent_days"),
    ],
)
def test_unfit_numbers_are_refused_at_their_field(cast, changes, field):
    with pytest.raises(Invalid) as refusal:
        set_thresholds(thresholds=replace(PLATFORM, **changes), version=0, by=cast.officer)

    assert field in refusal.value.fields
    assert not ThresholdPolicy.objects.exists()


def test_a_change_is_recorded_and_needs_what_was_read(cast, client):
    client.force_login(cast.officer)
    sent = {
        "remind_days": 4,
        "amber_days": 4,
        "red_days": 1,
        "head_days": 2,
        "competent_days": 6,
        "version": 0,
    }

    first = client.post(reverse("clocks:thresholds"), sent)
    second = client.post(reverse("clocks:thresholds"), sent)

    assert (first.status_code, second.status_code) == (302, 422)
    assert ThresholdPolicy.objects.get().thresholds == replace(
        PLATFORM, remind_days=4, amber_days=4, red_days=1, competent_days=6
    )
    entry = Entry.objects.get(action="clocks.thresholds.change")
    assert (entry.actor_name, entry.data["after"]["remind_days"]) == ("林岚", 4)
    with pytest.raises(StaleVersion):
        set_thresholds(thresholds=FIVE, version=5, by=cast.officer)
