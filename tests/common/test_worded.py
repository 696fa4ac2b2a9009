"""Words that know how to say themselves in every language, also when they are put together."""

import copy

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from catalog.models import Resource
from portal.common.worded import Worded, kept, refused_fields, said
from portal.common.worded import gettext as _


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def test_words_are_a_text_in_the_language_of_now_and_kept_in_every_one():
    words = _("There is no such department.")

    assert words == "There is no such department."
    assert words.in_every_language() == {
        "zh-hans": "没有这个部门。",
        "en": "There is no such department.",
    }


def test_what_is_put_into_words_is_said_in_the_same_language():
    names = _(", ").join(["甲", "乙"])
    words = _("%(names)s and %(count)s more") % {"names": names, "count": 2}

    assert words.in_every_language() == {
        "zh-hans": "甲、乙 等，另有 2 条",
        "en": "甲, 乙 and 2 more",
    }
    label = gettext_lazy("Grade")
    told = Worded(lambda: "%(label)s") % {"label": label}
    assert told.in_every_language()["zh-hans"] != told.in_every_language()["en"] == "Grade"


def test_the_refusal_of_a_field_is_said_in_every_language():
    # given: an array, of whose members Django words the refusal once
    refused = refused_fields(Resource(name="长" * 201, tags=["ok", "长" * 31]))

    # then
    assert [one.in_every_language() for one in refused["name"]] == [
        {
            "zh-hans": "最多 200 个字符，现有 201 个。",
            "en": "Ensure this value has at most 200 characters (it has 201).",
        }
    ]
    (of_tag,) = (one.in_every_language() for one in refused["tags"])
    assert of_tag["zh-hans"].endswith("最多 30 个字符，现有 31 个。")
    assert of_tag["en"].endswith("Ensure this value has at most 30 characters (it has 31).")
    assert "name" not in refused_fields(Resource(name="长" * 201), but={"name"})


@pytest.mark.parametrize(
    ("stored", "in_chinese", "in_english"),
    [
        ({"zh-hans": "没有", "en": "none"}, "没有", "none"),
        ("as it was worded before", "as it was worded before", "as it was worded before"),
        ({"zh-hans": "没有"}, "没有", "没有"),
        ({"en": "none"}, "none", "none"),
        ("", "", ""),
    ],
)
def test_what_is_kept_is_shown_in_the_language_of_who_reads(stored, in_chinese, in_english):
    assert said(stored) == in_english
    with translation.override("zh-hans"):
        assert said(stored) == in_chinese


def test_plain_words_are_kept_as_they_are():
    assert kept("plain") == "plain"
    assert kept(gettext_lazy("Grade")) == "Grade"
    assert kept(_("Grade")) == _("Grade").in_every_language()


def test_a_copy_is_a_plain_text():
    words = _("There is no such department.")

    copied = copy.deepcopy(words)

    assert type(copied) is str
    assert copied == words
