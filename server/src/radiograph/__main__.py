"""`python -m radiograph` is the command `radiograph`."""

from radiograph.cli import main

if __name__ == "__main__":  # reader processes import this module and must not run the command again
    main()
