"""Change into a server: give up root, tie one's life to the parent's, then exec the program.

Run as a script (`python -I -S launch.py WISH PROGRAM ARGUMENT...`), never imported. It stands
between `fork` and `exec` because the kernel forgets the parent's death signal when the user id
changes, and because Python code between the two is unsafe in a process that has threads.
"""

import ctypes
import json
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    wish = json.loads(sys.argv[1])
    command = sys.argv[2:]
    os.umask(wish["umask"])
    if wish["uid"] is not None:
        os.setgroups([])
        os.setgid(wish["gid"])
        os.setuid(wish["uid"])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, wish["death_signal"])
        if os.getppid() != wish["parent"]:
            sys.exit("the parent ended before the program could start")
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606  the command is the launcher's own


main()
