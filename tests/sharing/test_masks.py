"""Masks in what is delivered: each function of the database does what its rule in Python does."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import sql

from catalog.masking import mask
from catalog.models import DataItem, ItemType, MaskingRule
from portal.common.errors import Invalid
from sharing import masks

LIKELY = st.sampled_from(
    [
        "11010519491231002X",
        "110105194912310",
        "13800138000",
        "010-65551234",
        "张三",
        "阿不都·热合曼",
        "𠮷田",
        "zhang.san@example.gov.cn",
        "6222021234567890123",
        "福建省福州市鼓楼区五四路1号",
        "",
        "张三\n",
        "13800138000 ",
    ]
)
TEXTS = LIKELY | st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=25
)
TEXTS |= st.text("0123456789X-@.张·a", max_size=20)


@pytest.mark.django_db
@pytest.mark.parametrize("rule", sorted(masks.FUNCTIONS))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
@example(text="11010519491231002X")
@example(text="a@b.cn")
def test_the_database_masks_as_python_does(rule, text):
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT {}(%s)").format(sql.Identifier(masks.SCHEMA, masks.FUNCTIONS[rule])),
            [text],
        )
        (delivered,) = cursor.fetchone()
    assert delivered == mask(rule, text)


@pytest.mark.django_db
def test_an_unknown_value_stays_unknown():
    with connection.cursor() as cursor:
        cursor.execute("SELECT masking.person_name(NULL), masking.hidden(NULL)")
        assert cursor.fetchone() == (None, None)


def items():
    return [
        DataItem(column="code", name="编码", type=ItemType.CHARACTER, is_key=True),
        DataItem(column="name", name="姓名", type=ItemType.CHARACTER),
    ]


def test_masks_are_kept_by_column_and_none_is_no_mask():
    given = {"name": MaskingRule.PERSON_NAME, "code": ""}
    assert masks.read(given, items()) == {"name": "person_name"}


@pytest.mark.parametrize(
    "given",
    [
        {"code": "hidden"},  # rows are told apart by the key
        {"name": "address"},  # not told by the database
        {"name": "scrambled"},
        {"other": "hidden"},
        ["name"],
    ],
)
def test_what_cannot_be_masked_is_refused(given):
    with pytest.raises(Invalid) as refusal:
        masks.read(given, items())
    assert list(refusal.value.fields) == ["masks"]
