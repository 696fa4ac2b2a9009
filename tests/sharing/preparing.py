"""Prepared exports as tests ask for them, make them and take them."""

from django.core.files.storage import storages

from sharing.delivery import downloads, exports, prepared
from sharing.delivery.formats import CSV
from sharing.models import PreparedExport


def kept() -> list[str]:
    place = storages["prepared"]
    folders = place.listdir("")[0] if place.exists("") else []
    return [name for folder in folders for name in place.listdir(folder)[1]]


def ask(agreement, party, format=CSV, document=None, **asked):
    given = {name: [value] for name, value in asked.items()}
    return prepared.ask(
        number=agreement.number, party=party, format=format, asked=given, document=document
    )


def ready(agreement, party, format=CSV, **asked) -> PreparedExport:
    export, _is_new = ask(agreement, party, format, **asked)
    assert prepared.prepare(export_id=export.pk)
    export.refresh_from_db()
    return export


def take(export, party, **headers) -> bytes:
    stream = downloads.file_of(
        number=export.agreement.number, party=party, export=export.number, **headers
    )
    try:
        return b"".join(stream)
    finally:
        stream.close()


def streamed(agreement, party, format=CSV) -> bytes:
    stream = exports.export(number=agreement.number, party=party, format=format)
    return b"".join(stream)
