#!/usr/bin/env python
"""Django's command line, on the bundled servers where the environment names no others."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.base")
    from django.core.management import execute_from_command_line

    from portal import embedded

    with embedded.provided(for_command=sys.argv[1:2]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
