"""python -m crowdselect"""

from crowdselect.cli import main

main()
