"""Findings, opinions and reasons are plain text: others read them, act on them, print them."""

import pytest

from audit.models import Entry
from catalog.models import ResourceStep
from catalog.services import assessments, review, versions
from portal.common.errors import Invalid
from tests.catalog.conftest import approved, drafted, published, submitted

BAD = {
    "HTML": "<img src=x onerror=alert(1)>",
    "control": "好\x07",
    "mark": "好\u202e坏",
    "unseen": "好\u200b",
    "half": "\ud800",
    "long": "长" * 2001,
}


def findings(cast, words):
    resource = drafted(cast)
    return resource, lambda: assessments.assess(
        resource=resource,
        version=resource.version,
        kind="secrecy",
        is_present=False,
        is_passed=True,
        findings=words,
        by=cast.steward,
    )


def approval(cast, words):
    resource = submitted(cast)
    return resource, lambda: review.approve(
        resource=resource, version=resource.version, opinion=words, by=cast.head
    )


def publication(cast, words):
    resource = approved(cast)
    return resource, lambda: review.publish(
        resource=resource, version=resource.version, opinion=words, by=cast.officer
    )


def sending_back(cast, words):
    resource = submitted(cast)
    return resource, lambda: review.send_back(
        resource=resource, version=resource.version, reasons=words, by=cast.head
    )


def withdrawal(cast, words):
    resource = published(cast)
    return resource, lambda: review.withdraw(
        resource=resource, version=resource.version, reasons=words, by=cast.officer
    )


def discarding(cast, words):
    live = published(cast)
    change = versions.start_revision(resource=live, version=live.version, by=cast.steward)
    return change, lambda: versions.discard_revision(
        resource=change, version=change.version, reasons=words, by=cast.steward
    )


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize(
    ("act", "field"),
    [
        (findings, "findings"),
        (approval, "opinion"),
        (publication, "opinion"),
        (sending_back, "reasons"),
        (withdrawal, "reasons"),
        (discarding, "reasons"),
    ],
)
def test_what_is_no_plain_text_is_refused_at_its_field_and_nothing_moves(cast, act, field, bad):
    # given
    resource, do = act(cast, bad)
    before = (resource.state, resource.version, ResourceStep.objects.count(), Entry.objects.count())

    # when
    with pytest.raises(Invalid) as refused:
        do()

    # then
    assert list(refused.value.fields) == [field]
    resource.refresh_from_db()
    after = (resource.state, resource.version, ResourceStep.objects.count(), Entry.objects.count())
    assert after == before


def test_several_lines_and_signs_of_comparison_are_plain_text(cast):
    resource, do = approval(cast, "  一、用途明确；\n二、样本 < 100 条。 ")

    do()

    step = ResourceStep.objects.filter(resource=resource).latest("pk")
    assert step.opinion == "一、用途明确；\n二、样本 < 100 条。"
