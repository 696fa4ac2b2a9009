"""What the demonstration shows of files that are shared as they are: versions, an agreement, who took them.

The files are made here and say in themselves that they are synthetic.
"""

import io
import json

from django.db import transaction

from catalog.models import Resource, SharedFile, SharingMode
from catalog.services import shared_files
from portal.demo import agreement_story
from portal.demo.people import Cast, system_of
from portal.organisation.models import DutyKind, User
from sharing import deadlines
from sharing.delivery import files
from sharing.models import Agreement, UseFrequency
from sharing.services.requests import RequestData

PROVIDER, REQUESTER, NAME = "labour", "education", "人力资源服务机构名录"
LEAFLET, PLACES = "机构名录说明（示例）.pdf", "机构分布点（示例）.geojson"


def is_loaded() -> bool:
    return SharedFile.objects.filter(resource__name=NAME).exists()


def load(cast: Cast) -> None:
    """The agreement in one transaction; then its files are taken, as a system would."""
    with transaction.atomic():
        resource = Resource.objects.get(name=NAME, revision_of=None)
        steward = cast.holder(PROVIDER, DutyKind.STEWARD)
        _share(resource, steward)
        agreement = _agree(resource, cast)
    system = system_of(cast.departments[REQUESTER])
    files.listed(number=agreement.number, party=system)
    for name in (LEAFLET, PLACES):
        stream = files.file_of(number=agreement.number, party=system, name=name)
        for _piece in stream:
            pass


def _share(resource: Resource, steward: User) -> None:
    for name, note, content in (
        (LEAFLET, "首版", pdf("Register of employment agencies: notes. SYNTHETIC.")),
        (PLACES, "", _places()),
        (LEAFLET, "补充字段口径", pdf("Register of employment agencies: notes, 2nd. SYNTHETIC.")),
    ):
        shared_files.add_version(
            resource=resource,
            name=name,
            file=io.BytesIO(content),
            size=len(content),
            note=note,
            by=steward,
        )


def _agree(resource: Resource, cast: Cast) -> Agreement:
    items = resource.items.filter(is_key=False).order_by("position")
    data = RequestData(
        items=tuple(items.values_list("column", flat=True)),
        use_basis="《中华人民共和国就业促进法》（示例依据）",
        use_scene="高校毕业生就业服务",
        use_scope="本厅就业服务系统，仅用于向毕业生提示正规机构",
        use_frequency=UseFrequency.MONTHLY,
        sharing_mode=SharingMode.FILE,
        use_until=deadlines.today().replace(year=deadlines.today().year + 1, day=1),
        is_vouched_for=True,
    )
    return agreement_story.conclude(
        resource=resource, data=data, provider=PROVIDER, requester=REQUESTER, cast=cast
    )


def _places() -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"示例机构{number}", "synthetic": True},
            "geometry": {"type": "Point", "coordinates": [119.3 + number / 100, 26.1]},
        }
        for number in range(1, 6)
    ]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def pdf(line: str) -> bytes:
    """A document of one page with one line, which readers open (ISO 32000-1, 7.5)."""
    shown = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    drawn = f"BT /F1 14 Tf 60 760 Td ({shown}) Tj ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return made + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(made))
    )
