"""A code list of the province's own with a history: two versions in force in turn, and a draft."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from catalog.models import CodeList
from catalog.services import standards
from catalog.services.standards import ListData
from catalog.standards.codes import CodeRow
from portal.demo.people import Cast
from portal.organisation.models import DutyKind, User

IDENTIFIER = "SFS/JZDX"
FIRST = (
    CodeRow("1", "低保对象"),
    CodeRow("2", "特困供养人员"),
    CodeRow("9", "其他救助对象"),
)
SECOND = (
    CodeRow("1", "最低生活保障对象"),
    CodeRow("2", "特困供养人员"),
    CodeRow("3", "最低生活保障边缘家庭成员"),
    CodeRow("9", "其他救助对象"),
)
DRAFT = (*SECOND[:3], CodeRow("4", "刚性支出困难家庭成员"), SECOND[3])


def is_loaded() -> bool:
    return CodeList.objects.filter(identifier=IDENTIFIER).exists()


@transaction.atomic
def load(cast: Cast) -> None:
    officer = cast.holder("bigdata", DutyKind.COMPETENT_OFFICER)
    data = ListData(
        identifier=IDENTIFIER,
        name="救助对象类别代码（演示）",
        name_en="Kinds of people who receive assistance (synthetic)",
        standard="本门户自定",
        note="合成数据，用于演示代码集的版本与比较。",
    )
    kept = standards.create_list(data=data, by=officer).code_list
    year = timezone.localdate().year
    _publish(kept, FIRST, date(year, 1, 1), "首次发布。", officer)
    standards.draft_version(code_list=kept, by=officer)
    _publish(kept, SECOND, date(year, 7, 1), "增加边缘家庭成员，名称与条例一致。", officer)
    draft = standards.draft_version(code_list=kept, by=officer)
    standards.write_draft(code_list=kept, revision=draft.revision, rows=DRAFT, by=officer)


def _publish(
    kept: CodeList, rows: tuple[CodeRow, ...], valid_from: date, note: str, officer: User
) -> None:
    draft = kept.versions.latest("number")
    written = standards.write_draft(code_list=kept, revision=draft.revision, rows=rows, by=officer)
    standards.publish_draft(
        code_list=kept, revision=written.revision, valid_from=valid_from, note=note, by=officer
    )
