"""python3 -m stranger --worked-example: prints a section of docs/AUTHENTICATION.md."""

import sys

from . import worked_example

if sys.argv[1:] != ["--worked-example"]:
    sys.exit(__doc__)
sys.stdout.write(worked_example.section())
