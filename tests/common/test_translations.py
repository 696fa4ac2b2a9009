"""The translations command on a small tree of its own."""

import gettext as gnu
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.common.message_extraction import Key, Use, area_of, python_uses, template_uses
from portal.common.messages_catalogue import po_path

VIEWS = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, npgettext
from django.utils.translation import pgettext_lazy as in_context

words = _("Save")
long = gettext_lazy(
    "Two "
    "lines"
)
rows = ngettext("%(n)s row", "%(n)s rows", 2)
month = in_context("month", "May")
days = npgettext("limit", "%(n)s day", "%(n)s days", 1)
name = "not a text"
"""
PAGE = """{% extends "base.html" %}{% load i18n %}
{# {% translate "In a comment" %} #}
{% comment %}{% translate "In a long comment" %}{% endcomment %}
    {% translate "Indented" %}
  {% translate "Main" context "navigation" %}
{% blocktranslate with n=rows %}{{ n }} rows, 100% done{% endblocktranslate %}
{% blocktranslate count n=rows %}{{ n }} item{% plural %}{{ n }} items{% endblocktranslate %}
{% card "x" _("A title") note=_('A note') %}(unclosed "quote{% endcard %}
{{ value|default:_("none") }}
"""


@pytest.fixture
def tree(tmp_path: Path, settings) -> Path:
    """Two areas: sharing with a view, home with a page."""
    for folder in ("portal/home", "audit", "catalog", "sharing", "templates/home"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "sharing/views.py").write_text(
        'from django.utils.translation import gettext as _\n_("Save")\n_("%(n)s of {x}")\n'
    )
    (tmp_path / "templates/home/index.html").write_text(
        '{% load i18n %}{% translate "Save" %}{% translate "Home" %}'
    )
    settings.BASE_DIR = tmp_path
    return tmp_path


def run(*args: str) -> str:
    out = StringIO()
    call_command("translations", *args, stdout=out)
    return out.getvalue()


def faults(*args: str) -> list[str]:
    with pytest.raises(CommandError) as refused:
        run("--check", *args)
    return str(refused.value).splitlines()


def write(tree: Path, area: str, *entries: str) -> Path:
    path = po_path(tree, area)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    plurals = '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    path.write_text(header + plurals + "\n\n".join(entries) + "\n", encoding="utf-8")
    return path


def entry(id: str, words: str) -> str:
    return f'msgid "{id}"\nmsgstr "{words}"'


SAVE = entry("Save", "保存")
COUNT = entry("%(n)s of {x}", "{x} 之 %(n)s")
HOME = entry("Home", "首页")


def test_python_texts_are_found_under_every_name():
    found = {(use.key.id, use.key.context, use.plural) for use in python_uses(VIEWS, "x.py")}

    assert found == {
        ("Save", "", ""),
        ("Two lines", "", ""),
        ("%(n)s row", "", "%(n)s rows"),
        ("May", "month", ""),
        ("%(n)s day", "limit", "%(n)s days"),
    }


def test_template_texts_are_found_but_not_in_comments():
    found = {(use.key.id, use.key.context, use.plural) for use in template_uses(PAGE, "x.html")}

    assert found == {
        ("Indented", "", ""),
        ("Main", "navigation", ""),
        ("%(n)s rows, 100%% done", "", ""),
        ("%(n)s item", "", "%(n)s items"),
        ("A title", "", ""),
        ("A note", "", ""),
        ("none", "", ""),
    }


def test_a_use_tells_its_file():
    assert list(python_uses("from a import _\n_('x')", "a/b.py")) == [Use(Key("x"), "", "a/b.py")]


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("portal/common/dates.py", "common"),
        ("portal/settings/base.py", "common"),
        ("templates/base.html", "common"),
        ("templates/components/card.html", "common"),
        ("portal/workdays/models.py", "workdays"),
        ("audit/views/trail.py", "audit"),
        ("templates/organisation/person.html", "organisation"),
        ("catalog/models/resource.py", "catalog"),
        ("catalog/sources/postgres.py", "sources"),
        ("catalog/store/rows.py", "sources"),
        ("catalog/services/sync_runs.py", "sources"),
        ("catalog/views/sources.py", "sources"),
        ("templates/sources/run.html", "sources"),
        ("sharing/views/requests.py", "sharing"),
        ("portal/home/views.py", "home"),
        ("portal/demo/story.py", "demo"),
    ],
)
def test_each_file_belongs_to_an_area(path, area):
    assert area_of(path) == area


def test_update_writes_what_is_missing_sorted_and_without_line_numbers(tree):
    said = run("--update", "sharing")

    written = po_path(tree, "sharing").read_text(encoding="utf-8")
    assert said == "sharing: 2 to translate\n"
    assert written.endswith(
        "#: sharing/views.py\n#, python-brace-format, python-format\n"
        'msgid "%(n)s of {x}"\nmsgstr ""\n\n'
        '#: sharing/views.py\nmsgid "Save"\nmsgstr ""\n'
    )
    assert '"Plural-Forms: nplurals=1; plural=0;\\n"' in written
    assert "Date" not in written


def test_update_keeps_translations_and_drops_what_is_gone(tree):
    write(tree, "sharing", SAVE, COUNT, entry("Gone", "没有了"))

    assert run("--update", "sharing") == "sharing: 0 to translate\n"

    written = po_path(tree, "sharing").read_text(encoding="utf-8")
    assert "保存" in written
    assert "Gone" not in written


def test_update_twice_changes_nothing(tree):
    run("--update", "sharing")
    before = po_path(tree, "sharing").read_bytes()

    run("--update", "sharing")

    assert po_path(tree, "sharing").read_bytes() == before


def test_what_another_area_translates_is_not_asked_again(tree):
    write(tree, "sharing", SAVE, COUNT)

    assert run("--update", "home") == "home: 1 to translate\n"
    assert 'msgid "Save"' not in po_path(tree, "home").read_text(encoding="utf-8")


def test_what_only_another_area_still_uses_is_kept(tree):
    write(tree, "sharing", SAVE, COUNT)
    (tree / "sharing/views.py").write_text("")

    run("--update", "sharing")

    assert "保存" in po_path(tree, "sharing").read_text(encoding="utf-8")


def test_check_is_content_when_every_text_has_its_chinese(tree):
    write(tree, "sharing", SAVE, COUNT)
    write(tree, "home", HOME)

    assert run("--check") == "every text has its Chinese\n"


def test_check_lists_what_is_untranslated(tree):
    write(tree, "sharing", SAVE, entry("%(n)s of {x}", ""))

    assert faults() == [
        "home: untranslated: 'Home' in templates/home/index.html",
        "sharing: untranslated: '%(n)s of {x}' in sharing/views.py",
    ]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (entry("Gone", "没有了"), "sharing: obsolete: 'Gone'"),
        ('#~ msgid "Older"\n#~ msgstr "旧"', "sharing: obsolete: 'Older'"),
    ],
)
def test_check_lists_what_is_no_longer_used(tree, words, fault):
    write(tree, "sharing", SAVE, COUNT, words)
    write(tree, "home", HOME)

    assert faults() == [fault]


def test_check_lists_what_is_only_guessed(tree):
    write(tree, "sharing", "#, fuzzy\n" + SAVE, COUNT)
    write(tree, "home", HOME)

    assert faults() == ["sharing: fuzzy: 'Save'"]


@pytest.mark.parametrize(
    "words", ["{x} 之 %(m)s", "{x} 之", "%(n)s", "%(n)s {y}", "%(n)s {x} %(m)s", "%(n)d {x}"]
)
def test_check_lists_placeholders_that_differ(tree, words):
    write(tree, "sharing", SAVE, entry("%(n)s of {x}", words))
    write(tree, "home", HOME)

    assert faults() == [f"sharing: placeholders differ: '%(n)s of {{x}}': {words!r}"]


def test_check_lists_plurals_that_are_missing(tree):
    (tree / "sharing/views.py").write_text(
        "from django.utils.translation import ngettext\nngettext('%(n)s row', '%(n)s rows', 2)"
    )
    write(tree, "sharing", SAVE, entry("%(n)s row", "%(n)s 行"))
    write(tree, "home", HOME)

    assert faults() == ["sharing: plural differs from the source: '%(n)s row'"]


def test_a_plural_has_one_chinese_form(tree):
    (tree / "sharing/views.py").write_text(
        "from django.utils.translation import ngettext\nngettext('One row', '%(n)s rows', 2)"
    )
    plural = 'msgid "One row"\nmsgid_plural "%(n)s rows"\nmsgstr[0] "%(n)s 行"'
    write(tree, "sharing", SAVE, plural)
    write(tree, "home", HOME)

    assert run("--check") == "every text has its Chinese\n"


def test_check_lists_what_two_areas_translate_otherwise(tree):
    write(tree, "sharing", SAVE, COUNT)
    write(tree, "home", HOME, entry("Save", "存盘"))

    assert faults() == ["home: translated otherwise in sharing: 'Save'"]


def test_check_can_look_at_one_area(tree):
    write(tree, "sharing", SAVE, COUNT)

    assert run("--check", "sharing") == "every text has its Chinese\n"
    assert faults("home") == ["home: untranslated: 'Home' in templates/home/index.html"]


def test_compile_writes_what_gettext_reads(tree):
    write(tree, "sharing", SAVE, COUNT)

    said = run("--compile")

    compiled = po_path(tree, "sharing").with_suffix(".mo")
    assert said == "locale/sharing/zh_Hans/LC_MESSAGES/django.mo\n"
    with compiled.open("rb") as stream:
        assert gnu.GNUTranslations(stream).gettext("Save") == "保存"


def test_compile_writes_only_what_is_older(tree):
    source = write(tree, "sharing", SAVE, COUNT)
    run("--compile")
    assert run("--compile") == ""

    compiled = source.with_suffix(".mo")
    os.utime(source, ns=(0, compiled.stat().st_mtime_ns + 1))

    assert run("--compile") == "locale/sharing/zh_Hans/LC_MESSAGES/django.mo\n"


def test_one_must_say_what_to_do():
    with pytest.raises(CommandError, match="--update, --check or --compile"):
        run()
