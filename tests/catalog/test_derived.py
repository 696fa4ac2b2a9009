from django.core.management import call_command

from catalog.models import Resource
from catalog.selectors.catalogue import Query, catalogue_page
from catalog.services import visibility
from tests.factories import ResourceFactory


def test_everything_derived_is_written_anew(cast):
    # given: entries as a load by COPY leaves them, and a department that is called otherwise now
    open_ = ResourceFactory(state="published", department=cast.civil, name="婚姻登记")
    closed = ResourceFactory(state="withdrawn", department=cast.civil)
    visibility.grant("view_resource", resource=closed, department=cast.education, by=None)
    Resource.objects.update(visible_to=[], search=None, name_search=None)
    cast.civil.short_name = "省民政委"
    cast.civil.save()

    # when
    call_command("reindex_catalogue", verbosity=0)

    # then
    open_.refresh_from_db()
    closed.refresh_from_db()
    assert open_.visible_to == [0]
    assert closed.visible_to == sorted([cast.civil.group_id, cast.education.group_id])
    assert catalogue_page(cast.stranger, Query(q="民政委 婚姻")).total == 1
