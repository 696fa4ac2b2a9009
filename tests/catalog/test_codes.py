"""Resource codes: given out once, by a scheme that a province may replace."""

from catalog.services import resources
from tests.catalog.conftest import an_entry, at_once
from tests.factories import ResourceFactory


def test_codes_of_entries_that_came_with_their_own_are_passed_over(cast):
    ResourceFactory(code="103001001/000001")
    ResourceFactory(code="103001001/000002")

    resource = resources.create_draft(entry=an_entry(), by=cast.steward)

    assert resource.code == "103001001/000003"


def test_codes_given_out_at_once_differ(committed_cast):
    # when
    made = at_once(
        *[
            lambda n=n: resources.create_draft(
                entry=an_entry(name=f"条目{n}"), by=committed_cast.steward
            )
            for n in range(4)
        ]
    )

    # then
    assert sorted(resource.code for resource in made) == [f"103001001/{n:06d}" for n in range(1, 5)]


class LetterScheme:
    def next_code(self, *, resource_class, classification):
        return f"XX-{resource_class}-{classification}"


def test_a_province_may_have_its_own_code_scheme(cast, settings):
    settings.RESOURCE_CODE_SCHEME = "tests.catalog.test_codes.LetterScheme"

    resource = resources.create_draft(entry=an_entry(), by=cast.steward)

    assert resource.code == "XX-1-03001001"
