"""Another portal's catalogue, harvested twice into drafts of the agriculture department.

While the demonstration is loaded a small server on the loopback gives the catalogue in DCAT, on two
pages; it is gone afterwards, as portals of others are now and then. Between the two harvests a title
changes there, one dataset vanishes and one comes whose title no entry can bear.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rdflib import DCAT, DCTERMS, RDF, BNode, Graph, Literal, URIRef

from catalog.formats.dcat import HYDRA
from catalog.formats.dcat_terms import authority
from catalog.models import Harvest, SourceKind
from catalog.services import harvests, sources
from catalog.services.harvests import HarvestPlan
from catalog.services.sources import SourceData
from portal.demo import loopback
from portal.demo.people import Cast
from portal.organisation.models import DutyKind

KEY = "farm"
NAME = "示范市公共数据开放网（演示）"
PAGES = ("/catalog.ttl", "/catalog-2.ttl")
PLAN = HarvestPlan(
    resource_class="2",
    classification="07001001",
    sharing_attribute="conditional",
    grade="L2",
)


@dataclass(frozen=True, slots=True)
class Told:
    title: str
    about: str
    keywords: tuple[str, ...]
    frequency: str
    format: str


DATASETS: dict[str, Told] = {
    "market-prices": Told(
        "农产品批发市场价格", "各批发市场主要农产品的每日批发价。", ("农业", "价格"), "DAILY", "csv"
    ),
    "pesticides": Told(
        "农药经营许可", "在有效期内的农药经营许可证。", ("农业", "证照"), "WEEKLY", "csv"
    ),
    "seeds": Told("种子生产经营备案", "种子生产经营者的备案。", ("农业",), "MONTHLY", "xlsx"),
    "pastures": Told("禁牧区划分", "禁牧区与休牧区的范围。", ("畜牧",), "ANNUAL", "geojson"),
    "machines": Told("农机购置补贴", "补贴发放的公示。", ("农业", "财政"), "QUARTERLY", "csv"),
    "soil": Told("耕地质量监测点", "监测点位与年度结果。", ("农业", "环境"), "ANNUAL", "json"),
}
LATER: dict[str, Told] = {
    **{key: told for key, told in DATASETS.items() if key != "pastures"},
    "seeds": Told("种子生产经营备案名录", "备案者名录。", ("农业",), "MONTHLY", "xlsx"),
    "long": Told("渔业船舶检验结果" * 30, "标题过长。", ("渔业",), "MONTHLY", "csv"),
}


def is_loaded() -> bool:
    return Harvest.objects.exists()


def load(cast: Cast) -> None:
    steward = cast.holder(KEY, DutyKind.STEWARD)
    with _portal() as (address, shelf):
        source = sources.register_source(
            department=steward.department,
            data=SourceData(
                name=NAME, kind=SourceKind.DCAT, settings={"address": f"{address}{PAGES[0]}"}
            ),
            by=steward,
        )
        sources.test_source(source=source, by=steward)
        for datasets in (DATASETS, LATER):
            shelf.datasets = datasets
            made = harvests.start_harvest(source=source, plan=PLAN, by=steward)
            harvests.execute(harvest_id=made.pk)


class _Shelf:
    """What the other portal holds just now."""

    def __init__(self) -> None:
        self.datasets: Mapping[str, Told] = {}
        self.address = ""

    def page(self, path: str) -> bytes:
        place = PAGES.index(path)
        keys = sorted(self.datasets)[place::2]
        graph = Graph()
        catalogue = URIRef(f"{self.address}/catalog")
        graph.add((catalogue, RDF.type, DCAT.Catalog))
        graph.add((catalogue, DCTERMS.title, Literal(NAME, lang="zh")))
        view = URIRef(f"{self.address}{path}")
        graph.add((view, HYDRA.totalItems, Literal(len(self.datasets))))
        if place + 1 < len(PAGES):
            graph.add((view, HYDRA.next, URIRef(f"{self.address}{PAGES[place + 1]}")))
        for key in keys:
            self._add(graph, URIRef(f"{self.address}/dataset/{key}"), self.datasets[key])
        return graph.serialize(format="turtle", encoding="utf-8")

    def _add(self, graph: Graph, dataset: URIRef, told: Told) -> None:
        graph.add((dataset, RDF.type, DCAT.Dataset))
        graph.add((dataset, DCTERMS.title, Literal(told.title, lang="zh")))
        graph.add((dataset, DCTERMS.description, Literal(told.about, lang="zh")))
        graph.add((dataset, DCTERMS.accrualPeriodicity, authority("frequency", told.frequency)))
        for word in told.keywords:
            graph.add((dataset, DCAT.keyword, Literal(word, lang="zh")))
        file = BNode()
        graph.add((dataset, DCAT.distribution, file))
        graph.add((file, DCTERMS["format"], Literal(told.format)))


@contextmanager
def _portal() -> Iterator[tuple[str, _Shelf]]:
    """The other portal, while the demonstration is loaded; its address."""
    shelf = _Shelf()

    class Handler(loopback.Handler):
        def do_GET(self) -> None:
            body = shelf.page(self.path) if self.path in PAGES else b""
            self.answer(200 if body else 404, body, kind="text/turtle")

    with loopback.serving(Handler) as shelf.address:
        yield shelf.address, shelf
