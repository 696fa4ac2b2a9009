from catalog.sources.audit_actions import ACTIONS as SOURCE_ACTIONS
from portal.common.text import Text

ACTIONS: dict[str, Text] = {**SOURCE_ACTIONS}
