"""Another portal on loopback: packages over CKAN's Action API, and a catalogue in DCAT."""

from collections.abc import Sequence

from .file_servers import Handler, WebServer, as_json

CKAN_SEARCH = "/api/3/action/package_search"


def package(number: int, **told) -> dict:
    return {
        "id": f"id-{number}",
        "name": f"set-{number}",
        "title": f"数据集{number}",
        "notes": f"<p>第 {number} 个 &amp; 其余</p>",
        "tags": [{"name": "民政"}, {"name": "统计"}],
        "resources": [{"format": "CSV"}, {"format": "PDF"}],
        "extras": [{"key": "frequency", "value": "daily"}],
        **told,
    }


def serve_packages(server: WebServer, packages: Sequence[dict], *, most: int = 100) -> None:
    """As a portal that gives at most `most` packages an answer, whatever is asked."""

    def give(handler: Handler) -> None:
        start, rows = int(handler.query.get("start", "0")), int(handler.query["rows"])
        found = list(packages[start : start + min(rows, most)])
        as_json({"success": True, "result": {"count": len(packages), "results": found}})(handler)

    server.paths[CKAN_SEARCH] = give


def turtle(server: WebServer, *numbers: int, following: str = "", total: int | None = None) -> str:
    lines = [
        "@prefix dcat: <http://www.w3.org/ns/dcat#> .",
        "@prefix dct: <http://purl.org/dc/terms/> .",
        "@prefix hydra: <http://www.w3.org/ns/hydra/core#> .",
        f'<{server.url}/catalog> a dcat:Catalog ; dct:title "别处的目录"@zh .',
    ]
    for n in numbers:
        lines.append(
            f"<{server.url}/d/{n}> a dcat:Dataset ;"
            f' dct:title "数据集{n}"@zh, "Set {n}"@en ;'
            f' dct:description "第{n}个"@zh ; dcat:keyword "民政"@zh, "civil"@en ;'
            " dct:accrualPeriodicity"
            " <http://publications.europa.eu/resource/authority/frequency/MONTHLY> ;"
            ' dct:temporal [ dcat:startDate "2024-01-01" ; dcat:endDate "2024-12-31" ] ;'
            " dcat:distribution [ a dcat:Distribution ; dcat:mediaType"
            " <http://www.iana.org/assignments/media-types/text/csv> ] ."
        )
    if following:
        lines.append(f"<#view> hydra:next <{following}> .")
    if total is not None:
        lines.append(f"<#view> hydra:totalItems {total} .")
    return "\n".join(lines)


def serve(server: WebServer, path: str, body: str | bytes, kind: str = "text/turtle") -> None:
    told = body.encode() if isinstance(body, str) else body
    server.paths[path] = lambda handler: handler.answer(told, Content_Type=kind)
