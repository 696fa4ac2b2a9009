"""The audit administrator reads every case, acts on none, and each of their looks is in the trail."""

import re

import pytest
from django.db import transaction
from django.test import Client

from audit.models import Entry
from audit.services import record
from sharing.models import Agreement, SharingRequest
from tests.html_checks import problems
from tests.world import World, make_world

ENGLISH = {"accept-language": "en"}
HREF = re.compile(r'href="(/[^"#?]*)')
FORM = re.compile(r'<form[^>]*method="post"[^>]*action="(/[^"]*)"')
# Sent from every page: the language, the display, and the way out.
OF_ALL_PAGES = {"/language/", "/display/", "/accounts/logout/"}


@pytest.fixture
def world(db) -> World:
    return make_world()


@pytest.fixture
def auditor(world) -> Client:
    return world.client("audit_admin")


def draw(world: World) -> None:
    """As a call for rows leaves it."""
    with transaction.atomic():
        who = world.people["applicant"]
        record(actor=who, action="sharing.pull.finish", target=world.agreement, rows=1)


def reads() -> list[tuple[str, str, dict[str, object]]]:
    found = Entry.objects.filter(action__endswith=".read", action__startswith="sharing.")
    return [(one.action, one.target_id, one.data) for one in found.order_by("id")]


def test_each_page_of_a_case_is_read_and_each_look_recorded(world, auditor) -> None:
    # given
    request, agreement = world.request, world.agreement
    number = agreement.version_in_force.number if agreement.version_in_force else 1
    of_agreement = f"/sharing/agreements/{agreement.number}/"

    # when
    answers = [
        auditor.get(address, headers=ENGLISH)
        for address in (
            f"/sharing/requests/{request.number}/",
            of_agreement,
            f"{of_agreement}versions/{number}/",
            f"{of_agreement}versions/{number}/print/",
        )
    ]

    # then
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [problems(answer.content.decode()) for answer in answers] == [[]] * 4
    assert agreement.scope in answers[1].content.decode()
    case, deal = str(request.pk), str(agreement.pk)
    assert reads() == [
        ("sharing.request.read", case, {"page": "sharing:request"}),
        ("sharing.agreement.read", deal, {"page": "sharing:agreement"}),
        ("sharing.agreement.read", deal, {"page": "sharing:agreement_version"}),
        ("sharing.agreement.read", deal, {"page": "sharing:agreement_print"}),
    ]


def test_the_way_back_leads_to_the_audit_for_who_has_no_list_of_cases(world, auditor) -> None:
    # given
    agreement, number = world.agreement, world.agreement.version_in_force.number
    of_agreement = f"/sharing/agreements/{agreement.number}/"
    pages = {
        f"/sharing/requests/{world.request.number}/": "/sharing/requests/",
        of_agreement: "/sharing/agreements/",
        f"{of_agreement}versions/{number}/": "/sharing/agreements/",
        f"{of_agreement}versions/{number}/print/": "/sharing/agreements/",
    }

    # then
    for address, all_of_them in pages.items():
        assert way_to(auditor, address)[0] == "/audit/", address
        assert way_to(world.client("steward"), address)[0] == all_of_them, address


def way_to(client: Client, address: str) -> list[str]:
    """The links of the breadcrumb, but that to the first page."""
    html = client.get(address, headers=ENGLISH).content.decode()
    (crumbs,) = re.findall(r'<nav class="crumbs".*?</nav>', html, re.DOTALL)
    return [link for link in HREF.findall(crumbs) if link != "/"]


@pytest.mark.parametrize("kind", ["requests", "agreements"])
def test_no_act_is_offered_and_no_link_leads_to_a_closed_door(world, auditor, kind) -> None:
    # given
    number = world.request.number if kind == "requests" else world.agreement.number
    html = auditor.get(f"/sharing/{kind}/{number}/").content.decode()
    main = html[html.index("<main") : html.index("</main>")]

    # when
    answers = {address: auditor.get(address) for address in set(HREF.findall(main))}

    # then
    assert set(FORM.findall(main)) <= OF_ALL_PAGES
    for answer in answers.values():
        answer.close()
    closed = {
        address: one.status_code for address, one in answers.items() if one.status_code != 200
    }
    assert closed == {}


@pytest.mark.parametrize("act", ["activate", "suspend", "terminate", "data", "push", "drawn"])
def test_acts_and_the_data_stay_hidden(world, auditor, act) -> None:
    address = f"/sharing/agreements/{world.agreement.number}/{act}/"
    method = auditor.post if act == "activate" else auditor.get

    assert method(address).status_code == 404

    world.agreement.refresh_from_db()
    assert world.agreement.state == Agreement.objects.get().state
    assert reads() == []


def test_from_an_agreement_to_who_saw_its_data_is_one_click(world, auditor) -> None:
    # given
    draw(world)
    page = auditor.get(f"/sharing/agreements/{world.agreement.number}/").content.decode()
    wanted = f"/audit/?about=sharing.agreement:{world.agreement.pk}&amp;seen=on"

    # when
    answer = auditor.get(wanted.replace("&amp;", "&"))

    # then
    assert f'href="{wanted}"' in page
    found = answer.context["found"].page.entries
    assert [one.action for one in found] == ["sharing.pull.finish"]
    assert found[0].actor_name == world.people["applicant"].name


def test_from_a_request_too_through_the_agreement_that_hangs_on_it(world, auditor) -> None:
    draw(world)
    page = auditor.get(f"/sharing/requests/{world.request.number}/").content.decode()
    wanted = f"/audit/?about=sharing.sharingrequest:{world.request.pk}&amp;seen=on"

    answer = auditor.get(wanted.replace("&amp;", "&"))

    assert f'href="{wanted}"' in page
    assert [one.action for one in answer.context["found"].page.entries] == ["sharing.pull.finish"]


def test_an_entry_about_an_agreement_leads_to_its_page(world, auditor) -> None:
    entry = Entry.objects.filter(target_type="sharing.agreement").latest("id")

    html = auditor.get(f"/audit/{entry.pk}/").content.decode()

    assert f'href="/sharing/agreements/{world.agreement.number}/"' in html


@pytest.mark.parametrize("who", ["sys_admin", "sec_admin", "stranger"])
def test_the_other_administrators_and_strangers_read_no_case(world, who) -> None:
    client = world.client(who)

    assert client.get(f"/sharing/requests/{world.request.number}/").status_code == 404
    assert client.get(f"/sharing/agreements/{world.agreement.number}/").status_code == 404
    assert reads() == []


def test_a_party_that_reads_its_own_case_leaves_no_look(world) -> None:
    assert (
        world.client("steward").get(f"/sharing/requests/{world.request.number}/").status_code == 200
    )
    assert reads() == []


def test_a_closed_account_reads_nothing(world) -> None:
    auditor = world.people["audit_admin"]
    auditor.is_active = False

    assert not SharingRequest.objects.readable(auditor).exists()
    assert not Agreement.objects.readable(auditor).exists()
