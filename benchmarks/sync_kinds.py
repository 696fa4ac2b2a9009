"""First sync of what is read slowest: a workbook, and a MariaDB."""

import atexit
import zipfile
from contextlib import ExitStack
from pathlib import Path

from catalog.models import ItemType, Source, SourceKind
from catalog.sources import credentials

# A real server on loopback, run by an unprivileged account: as the tests start it.
from tests.catalog.sources.mariadb import BASE, PASSWORD, READER, MariaDB, mariadb

from .framework import ROWS, Pair, Stage, benchmark
from .sync import COLUMNS, business_of
from .sync_sources import file_pair, files_of, source_pair

NUMBERS = {ItemType.INTEGER, ItemType.CURRENCY, ItemType.NUMERIC, ItemType.DOUBLE}
SHEET = "rows"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{DOCUMENT}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{DOCUMENT}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    f'<sheet name="{SHEET}" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}


def workbook(stage: Stage, name: str, *, rows: int) -> Path:
    """The rows of the business as a workbook; PostgreSQL writes its XML, for openpyxl takes minutes."""
    files = files_of(stage)
    path = files.place / name
    if path.exists():
        return path
    cells = " || ".join(_cell(column, kind) for column, kind, _size, _made in COLUMNS)
    query = (
        f"COPY (SELECT '<row>' || {cells} || '</row>' FROM (SELECT * FROM given LIMIT {rows}) g)"
        " TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
    )
    header = "".join(f'<c t="inlineStr"><is><t>{column}</t></is></c>' for column, *_ in COLUMNS)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for part, text in PARTS.items():
            book.writestr(part, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData><row>{header}</row>'.encode())
            with files.business.owner.cursor() as cursor, cursor.copy(query.encode()) as copy:
                for block in copy:
                    sheet.write(block)
            sheet.write(b"</sheetData></worksheet>")
    return path


def _cell(column: str, kind: ItemType) -> str:
    if kind in NUMBERS:
        return f"coalesce('<c><v>' || {column} || '</v></c>', '<c/>')"
    if kind == ItemType.LOGICAL:
        return f"coalesce('<c t=\"b\"><v>' || {column}::int || '</v></c>', '<c/>')"
    return f"coalesce('<c t=\"inlineStr\"><is><t>' || {column} || '</t></is></c>', '<c/>')"


@benchmark(
    "sync-xlsx", what="first sync of a workbook", against="psql \\copy of the same rows", aim=None
)
def of_workbook(stage: Stage) -> Pair:
    path = workbook(stage, "rows.xlsx", rows=ROWS)
    return file_pair(stage, path, SHEET, rows=ROWS, format="xlsx")


def mariadb_of(stage: Stage) -> MariaDB:
    """With as many rows in `given` as the business has, of the same columns."""
    found = stage.facts.get("mariadb")
    if not isinstance(found, MariaDB):
        running = ExitStack()
        found = stage.facts["mariadb"] = running.enter_context(mariadb())
        atexit.register(running.close)
        _fill(found)
    return found


def _fill(server: MariaDB) -> None:
    server.run(
        "CREATE TABLE given (code varchar(12) PRIMARY KEY, name varchar(100), address text,"
        " people bigint, amount decimal(18, 2), rate decimal(18, 0), born date, at datetime,"
        " flag boolean, share double, mark varchar(40), memo text)"
    )
    server.run(
        "INSERT INTO given SELECT lpad(seq, 12, '0'), concat('名称', md5(seq)),"
        " concat('地址', md5(seq * 7), seq), seq % 1000, seq * 1.37, seq % 97,"
        " date '2000-01-01' + INTERVAL (seq % 9000) DAY,"
        " timestamp '2020-01-01 00:00:00' + INTERVAL seq SECOND, seq % 2 = 0, seq * 0.5,"
        " md5(seq + 1), if(seq % 5 > 0, concat('memo ', seq), NULL)"
        f" FROM seq_1_to_{ROWS}"
    )
    server.run("ANALYZE TABLE given")


@benchmark(
    "sync-mariadb",
    what="first sync, MariaDB → store, primary key",
    against="psql \\copy of the same rows",
    aim=None,
)
def of_mariadb(stage: Stage) -> Pair:
    source, _made = Source.objects.get_or_create(
        department=business_of(stage).job.resource.department,
        name="mariadb",
        kind=SourceKind.MYSQL,
        defaults={
            "host": "127.0.0.1",
            "port": mariadb_of(stage).port,
            "database": BASE,
            "username": READER,
            "sealed_password": credentials.seal(PASSWORD),
        },
    )
    return source_pair(stage, source, "given", rows=ROWS)
