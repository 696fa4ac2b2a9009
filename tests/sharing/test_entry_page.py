"""What the page of an entry offers to another department, by what that department has of it already."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.html_checks import problems


def card(resource, user=None) -> str:
    made = Client(headers={"accept-language": "en"})
    if user is not None:
        made.force_login(user)
    answer = made.get(reverse("catalog:resource", args=[resource.pk]))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert problems(html) == []
    return html[html.index('id="request"') :].partition("</section>")[0]


def offers(resource) -> tuple[str, str]:
    return (
        reverse("sharing:request_create", args=[resource.pk]),
        reverse("sharing:basket_add", args=[resource.pk]),
    )


def test_who_has_nothing_of_it_may_request_it_or_put_it_into_the_basket(cast, resource):
    shown = card(resource, cast.applicant)

    assert all(offer in shown for offer in offers(resource))
    assert "csrfmiddlewaretoken" in shown


@pytest.mark.parametrize("which", ["draft", "received"])
def test_a_request_under_way_is_led_to_and_no_other_is_offered(cast, request, which):
    asked = request.getfixturevalue(which)

    shown = card(asked.resource, cast.applicant)

    assert asked.get_absolute_url() in shown
    assert asked.number in shown
    assert not any(offer in shown for offer in offers(asked.resource))


def test_a_live_agreement_is_led_to_and_no_request_is_offered(cast, agreement):
    shown = card(agreement.resource, cast.applicant)

    assert agreement.get_absolute_url() in shown
    assert agreement.request.get_absolute_url() not in shown
    assert not any(offer in shown for offer in offers(agreement.resource))


def test_an_agreement_of_others_changes_nothing_for_a_department(cast, agreement):
    shown = card(agreement.resource, cast.officer)

    assert agreement.number not in shown
    assert reverse("sharing:request_create", args=[agreement.resource_id]) in shown


def test_an_agreement_that_has_ended_lets_one_request_anew(cast, agreement):
    type(agreement).objects.filter(pk=agreement.pk).update(state="terminated")

    shown = card(agreement.resource, cast.applicant)

    assert agreement.number not in shown
    assert all(offer in shown for offer in offers(agreement.resource))
