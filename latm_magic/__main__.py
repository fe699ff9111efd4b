"""`python -m latm_magic`: the command line."""

import sys

from latm_magic.command_line.main import main

sys.exit(main())
