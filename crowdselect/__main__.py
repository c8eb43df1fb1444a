"""python -m crowdselect"""

import sys

from crowdselect.cli import main

sys.exit(main())
