"""`python -m radiograph` is the command `radiograph`."""

from radiograph.cli import main

main()
