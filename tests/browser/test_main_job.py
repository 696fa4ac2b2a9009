"""A steward's and a civil servant's part of the main job, in a real browser."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from catalog.models import Resource, ResourceState
from portal.organisation.models import DutyKind
from sharing.models import Agreement, AgreementState, RequestState, SharingRequest
from tests.browser.axe import violations
from tests.factories import PASSWORD, in_days
from tests.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
SEND = "main form button.btn-primary[type=submit]"


@pytest.fixture
def world() -> World:
    return make_world()


def sign_in(page: Page, address: str, world: World, who: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=login]", world.people[who].username)
    page.fill("[name=password]", PASSWORD)
    page.click(SEND)
    assert urlsplit(page.url).path == "/"


def sound(page: Page) -> None:
    assert violations(page) == []


def test_a_steward_describes_assesses_and_submits_and_the_others_publish(
    page: Page, live_server, world: World
) -> None:
    address = live_server.url
    sign_in(page, address, world, "steward")

    page.goto(f"{address}/catalog/new/")
    sound(page)
    page.fill("[name=name]", "养老机构基本信息")
    page.fill("[name=abstract]", "全省养老机构的名称与床位。")
    page.check("[name=resource_class][value='3']")
    page.fill("[name=classification]", "02006001")
    page.select_option("[name=data_format]", "3")
    page.select_option("[name=update_frequency]", "4")
    page.check("[name=grade][value=L1]")
    page.check("[name=sharing_attribute][value=conditional]")
    page.check("[name=sharing_modes][value=interface]")
    page.fill("[name=sharing_scope]", "负有救助职责的部门")
    page.fill("[name=sharing_purpose]", "资格核验")
    page.fill("[name='items-0-name']", "机构编号")
    page.fill("[name='items-0-column']", "institution_no")
    page.check("[name='items-0-is_key']")
    page.fill("[name='items-1-name']", "床位数")
    page.fill("[name='items-1-column']", "beds")
    page.click("button[name=save]")
    resource = Resource.objects.get(name="养老机构基本信息")
    assert resource.state == ResourceState.DRAFT

    for kind in ("secrecy", "pia"):
        page.goto(f"{address}/catalog/{resource.pk}/assess/{kind}/")
        sound(page)
        page.check("[name=is_present] >> nth=-1")
        page.check("[name=is_passed] >> nth=0")
        page.fill("[name=findings]", "已逐项核对。")
        page.click(SEND)
    page.goto(f"{address}/catalog/{resource.pk}/submit/")
    page.click(SEND)
    resource.refresh_from_db()
    assert resource.state == ResourceState.HEAD_REVIEW

    for who, after in (
        ("chief", ResourceState.COMPETENT_REVIEW),
        ("officer", ResourceState.PUBLISHED),
    ):
        sign_in(page, address, world, who)
        page.goto(f"{address}/catalog/{resource.pk}/decide/")
        sound(page)
        page.check("[name=decision] >> nth=0")
        page.fill("[name=opinion]", "同意。")
        page.click(SEND)
        page.click(SEND)
        resource.refresh_from_db()
        assert resource.state == after


def test_a_civil_servant_finds_requests_and_both_heads_agree(
    page: Page, live_server, world: World
) -> None:
    address = live_server.url
    sign_in(page, address, world, "stranger")
    resource = world.resource

    page.fill("#main-search, header input[type=search]", resource.name)
    page.press("header input[type=search]", "Enter")
    sound(page)
    page.click(f"main a:has-text('{resource.name}')")
    sound(page)
    page.goto(f"{address}/sharing/requests/new/{resource.pk}/")
    page.click(SEND)
    request = SharingRequest.objects.get(requester=world.people["stranger"].department_id)
    page.goto(f"{address}/sharing/requests/{request.number}/check/")
    assert page.locator(".notice-wait li").count() >= 5  # all that is missing, at once

    page.goto(f"{address}/sharing/requests/{request.number}/edit/")
    sound(page)
    page.check("[name=items][value=name]")
    page.click(SEND)
    sound(page)
    page.fill("[name=use_basis]", "《社会救助暂行办法》第九条")
    page.fill("[name=use_scene]", "资格核验")
    page.fill("[name=use_scope]", "本局经办人员")
    page.click(SEND)
    sound(page)
    page.fill("[name=use_until]", in_days(90).isoformat())
    page.click(SEND)
    sound(page)
    page.click("main a.btn-primary")
    sound(page)
    page.check("[name=is_vouched_for]")
    page.click(SEND)
    request.refresh_from_db()
    assert request.state == RequestState.INTERNAL_REVIEW

    head = _head_of(world)
    sign_in(page, address, world, head)
    page.goto(f"{address}/sharing/requests/{request.number}/")
    sound(page)
    page.click("aside a.btn-primary")
    page.click(SEND)
    sign_in(page, address, world, "provider_head")
    page.goto(f"{address}/sharing/requests/{request.number}/")
    page.click("aside a.btn-primary")
    page.fill("[name=opinion]", "同意提供。")
    page.click(SEND)

    request.refresh_from_db()
    assert request.state == RequestState.AGREED
    agreement = Agreement.objects.get(request=request)
    assert agreement.state == AgreementState.AWAITING
    for who in ("provider_head", head):
        sign_in(page, address, world, who)
        page.goto(address + agreement.get_absolute_url())
        sound(page)
        page.click("#confirmation a.btn-primary")
        page.mouse.move(0, 0)  # a button that fades in under the mouse has no colour yet
        sound(page)
        page.click(SEND)
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.ACTIVE
    sound(page)


def _head_of(world: World) -> str:
    """The work body head of the stranger's department, as one of the world's people."""
    department = world.people["stranger"].department
    world.people["stranger_head"] = department.people.get(duty_set__kind=DutyKind.WORK_BODY_HEAD)
    return "stranger_head"
