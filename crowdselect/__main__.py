"""python -m crowdselect"""

import sys

from crowdselect.memory import AT_START, too_little
from crowdselect.terminal import complain

if why := too_little(AT_START):  # before anything is imported that would die of it
    complain(why)
    sys.exit(1)

from crowdselect.cli import main

sys.exit(main())
