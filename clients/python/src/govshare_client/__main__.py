"""`python -m govshare_client` is the command `govshare`."""

import sys

from .cli import main

sys.exit(main())
