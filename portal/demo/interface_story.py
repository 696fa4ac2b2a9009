"""What the demonstration shows of a provider's own interface: calls allowed, tried, made under an agreement.

While the demonstration is loaded a small server on the loopback is the provider's; it is gone afterwards, so
that a call made later shows what a caller is told then. Its certificates are synthetic.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs, unquote, urlsplit

from django.db import transaction

from catalog.models import CallMethod, PublishedInterface, Resource, SharingMode
from catalog.services import interface_trials, interfaces
from catalog.services.interfaces import CallData, InterfaceData
from portal.common.errors import DomainError
from portal.demo import agreement_story, loopback
from portal.demo.people import Cast, system_of
from portal.organisation.models import DutyKind, InformationSystem
from sharing import deadlines
from sharing.delivery import interface
from sharing.models import Agreement, UseFrequency
from sharing.services.requests import RequestData

PROVIDER, REQUESTER, NAME = "labour", "education", "职业技能等级证书信息"
HEADER = "X-Provider-Key"
LIST, ONE = "certificates", "certificates/{certificate}"
OCCUPATIONS = ("养老护理员", "电工", "茶艺师", "育婴员")
GRADES = ("五级", "四级", "三级")
BUSY = "busy"


def is_loaded() -> bool:
    return PublishedInterface.objects.filter(resource__name=NAME).exists()


def load(cast: Cast) -> None:
    """Register and open the interface, agree on it, and call it as a system would."""
    with _provider() as address:
        with transaction.atomic():
            resource = Resource.objects.get(name=NAME, revision_of=None)
            _publish(resource, address, cast)
            agreement = _agree(resource, cast)
        _call(agreement, system_of(cast.departments[REQUESTER]))


def certificates() -> list[dict[str, str]]:
    """What the provider has: more than the entry describes, and marked as made up."""
    return [
        {
            "certificate": f"S00003500{number:06d}",
            "occupation": OCCUPATIONS[number % len(OCCUPATIONS)],
            "grade": GRADES[number % len(GRADES)],
            "body": f"示例评价机构{number % 5 + 1}",
            "issued_on": f"2026-{number % 9 + 1:02d}-15",
            "note": "SYNTHETIC",
        }
        for number in range(1, 41)
    ]


def _publish(resource: Resource, address: str, cast: Cast) -> None:
    steward = cast.holder(PROVIDER, DutyKind.STEWARD)
    made = interfaces.register(
        resource=resource,
        data=InterfaceData(address=address, seconds=5, headers={HEADER: secrets.token_urlsafe(18)}),
        by=steward,
    )
    for path, names in ((LIST, ["occupation", "grade"]), (ONE, [])):
        made.refresh_from_db()
        data = CallData(
            method=CallMethod.GET,
            path=path,
            parameters=names,
            rows_path="data.items",
            most_rows=100,
        )
        interfaces.allow_call(interface=made, version=made.version, data=data, by=steward)
    for call in made.calls.select_related("interface__resource"):
        path = call.path.replace("{certificate}", certificates()[0]["certificate"])
        interface_trials.try_call(call=call, path=path, given={}, by=steward)
    made.refresh_from_db()
    interfaces.open_interface(interface=made, version=made.version, by=steward)


def _agree(resource: Resource, cast: Cast) -> Agreement:
    data = RequestData(
        items=("occupation", "grade", "issued_on"),
        use_basis="《中华人民共和国职业教育法》（示例依据）",
        use_scene="职业院校毕业生技能等级核验",
        use_scope="本厅毕业生管理系统，仅用于核验毕业生取得的证书",
        use_frequency=UseFrequency.DAILY,
        calls_a_day=2_000,
        rows_a_day=50_000,
        sharing_mode=SharingMode.INTERFACE,
        use_until=deadlines.today().replace(year=deadlines.today().year + 1, day=1),
        is_vouched_for=True,
    )
    return agreement_story.conclude(
        resource=resource, data=data, provider=PROVIDER, requester=REQUESTER, cast=cast
    )


def _call(agreement: Agreement, system: InformationSystem) -> None:
    """Calls that were answered, one that the provider could not answer, and two that are not allowed."""
    first, second = (one["certificate"] for one in certificates()[:2])
    asked: tuple[tuple[str, dict[str, list[str]]], ...] = (
        (f"certificates/{first}", {}),
        (f"certificates/{second}", {}),
        (LIST, {"occupation": [OCCUPATIONS[0]]}),
        (f"certificates/{BUSY}", {}),
        (LIST, {"grade": [GRADES[0]]}),
        (LIST, {"name": ["张"]}),
        ("persons", {}),
    )
    for path, parameters in asked:
        # Each refusal and each failure is on the page of the agreement, which is what is to be seen.
        with suppress(DomainError):
            interface.called(
                number=agreement.number,
                party=system,
                method=CallMethod.GET,
                path=path,
                parameters=parameters,
            )


@contextmanager
def _provider() -> Iterator[str]:
    """The provider's server, while the demonstration is loaded; its base address."""

    class Handler(loopback.Handler):
        def do_GET(self) -> None:
            place = urlsplit(self.path)
            wanted = parse_qs(place.query)
            last = unquote(place.path.removeprefix("/v2/certificates").strip("/"))
            rows = [
                row
                for row in certificates()
                if last in {"", row["certificate"]}
                and all(row.get(name) in values for name, values in wanted.items())
            ]
            body = json.dumps({"data": {"items": rows}}, ensure_ascii=False).encode()
            self.answer(503 if last == BUSY else 200, body, kind="application/json")

    with loopback.serving(Handler) as address:
        yield f"{address}/v2/"
