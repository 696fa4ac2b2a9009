from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "catalog.source.register": _("registered a source"),
    "catalog.source.change": _("changed a source"),
    "catalog.source.test": _("tested the connection to a source"),
    "catalog.sync_job.set_up": _("set up a sync job"),
    "catalog.sync_job.schedule": _("set the schedule of a sync job"),
    "catalog.run.start": _("started a sync run"),
    "catalog.run.succeed": _("a sync run succeeded"),
    "catalog.run.fail": _("a sync run failed"),
    "catalog.run.retry": _("a sync run will be tried again"),
}
