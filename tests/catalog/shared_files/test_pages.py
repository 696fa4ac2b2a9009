"""The page of a resource's files and its API, as stewards and others go through them."""

import io

import pytest
from django.urls import reverse

from audit.models import Entry
from catalog.models import SharedFile
from portal.organisation.models import DutyKind
from tests.factories import UserFactory

from .test_services import PDF, add

pytestmark = pytest.mark.django_db


def page(name, resource, **more):
    return reverse(f"catalog:{name}", kwargs={"pk": resource.pk, **more})


def named(name, content=PDF):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_a_steward_adds_looks_and_withdraws(signed_in, steward, resource):
    client = signed_in(steward)
    address = page("resource_files", resource)

    added = client.post(address, {"file": named("规划图.pdf"), "note": "首版"})
    shown = client.get(address).text
    shared = SharedFile.objects.get()
    looked = client.get(page("resource_file_look", resource, file=shared.pk, version=1))
    content = b"".join(looked.streaming_content)
    silent = client.post(page("resource_file_withdraw", resource, file=shared.pk))
    stands = SharedFile.objects.get().withdrawn_at
    gone = client.post(
        page("resource_file_withdraw", resource, file=shared.pk), {"reason": "图有错"}
    )

    assert [one.status_code for one in (added, silent, gone)] == [302, 302, 302]
    assert "规划图.pdf" in shown
    assert "首版" in shown
    assert content == PDF
    assert looked.headers["Content-Disposition"].startswith("attachment")
    assert stands is None
    assert "图有错" in client.get(address).text
    assert list(
        Entry.objects.filter(action__startswith="catalog.file.")
        .order_by("id")
        .values_list("action", flat=True)
    ) == ["catalog.file.add", "catalog.file.look", "catalog.file.withdraw"]


def test_the_page_says_what_is_wrong_with_a_file(signed_in, steward, resource):
    client = signed_in(steward)

    answer = client.post(page("resource_files", resource), {"file": named("x.exe", b"MZ")})
    none = client.post(page("resource_files", resource), {})

    assert (answer.status_code, none.status_code) == (422, 422)
    assert "pdf" in answer.text
    assert not SharedFile.objects.exists()


def test_who_is_no_steward_is_told_so_and_a_stranger_finds_nothing(signed_in, steward, resource):
    shared = add(resource, steward).file
    head = UserFactory(department=steward.department, duties=[DutyKind.DEPARTMENT_HEAD])
    look = page("resource_file_look", resource, file=shared.pk, version=1)

    client = signed_in(head)
    assert client.get(page("resource_files", resource)).status_code == 200
    assert client.post(page("resource_files", resource), {"file": named("b.pdf")}).status_code in {
        403,
        422,
    }
    assert client.get(look).status_code == 403
    stranger = signed_in(UserFactory(duties=[DutyKind.STEWARD]))
    assert stranger.get(page("resource_files", resource)).status_code == 404
    assert stranger.get(look).status_code == 404
    assert SharedFile.objects.count() == 1


def test_by_api_a_steward_adds_lists_and_withdraws(signed_in, steward, resource):
    client = signed_in(steward)
    address = f"/api/v1/resources/{resource.pk}/files/"

    added = client.post(address, {"file": named("规划图.pdf"), "note": "首版"})
    wrong = client.post(address, {"file": named("x.exe", b"MZ")})
    listed = client.get(address).json()
    gone = client.post(
        f"{address}{listed[0]['id']}/withdraw/",
        {"reason": "图有错"},
        content_type="application/json",
    )

    assert (added.status_code, wrong.status_code, gone.status_code) == (201, 422, 200)
    assert [(one["name"], one["versions"][0]["number"]) for one in listed] == [("规划图.pdf", 1)]
    assert gone.json()["withdrawal_reason"] == "图有错"
