#!/usr/bin/env python
"""Django's command line, on the bundled servers where the environment names no others."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.base")
    from django.core.management import execute_from_command_line

    from portal import embedded
    from portal.demo import address, supervisor
    from portal.embedded import processes

    arguments = sys.argv[1:]
    is_demo = arguments[:1] == ["demo"]

    def clear_the_way() -> None:
        supervisor.end_leftovers(processes.mark(embedded.data_dir()))
        address.refuse_unusable()

    try:
        if is_demo:
            address.make_known()
        with embedded.provided(
            for_command=arguments,
            alone=is_demo,
            before_start=clear_the_way if is_demo else None,
        ):
            execute_from_command_line(sys.argv)
    except (embedded.ServersError, address.PortUnusableError) as refusal:
        sys.exit(f"Error: {refusal}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
