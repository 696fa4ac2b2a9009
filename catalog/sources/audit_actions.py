from portal.common.text import Text

ACTIONS: dict[str, Text] = {}
