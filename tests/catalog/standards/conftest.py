"""A library with one small list in force, and the people who keep it and who use it."""

from datetime import date

import pytest

from catalog.services import standards
from catalog.services.standards import ListData
from catalog.standards.codes import CodeRow

SEXES = (("1", "男性"), ("2", "女性"), ("9", "未说明的性别"))
LONG_AGO = date(2025, 8, 1)


def rows(*pairs):
    """Codes from (code, name) or (code, name, parent)."""
    return [CodeRow(*pair) for pair in pairs]


def a_list(by, *pairs, identifier="GB/T 2261.1-2003", name="人的性别代码", valid_from=LONG_AGO):
    draft = standards.create_list(data=ListData(identifier=identifier, name=name), by=by)
    if pairs:
        draft = standards.write_draft(
            code_list=draft.code_list, revision=1, rows=rows(*pairs), by=by
        )
        standards.publish_draft(
            code_list=draft.code_list, revision=draft.revision, valid_from=valid_from, by=by
        )
    return draft.code_list


def next_version(by, code_list, *pairs, valid_from=LONG_AGO):
    draft = standards.draft_version(code_list=code_list, by=by)
    draft = standards.write_draft(
        code_list=code_list, revision=draft.revision, rows=rows(*pairs), by=by
    )
    return standards.publish_draft(
        code_list=code_list, revision=draft.revision, valid_from=valid_from, by=by
    )


@pytest.fixture
def sexes(cast):
    return a_list(cast.officer, *SEXES)
