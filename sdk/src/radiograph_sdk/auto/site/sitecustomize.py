"""Python runs this first where this folder is on its path: `radiograph-run` puts it there."""

import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 -- before everything, and quick


def _run_the_next() -> None:
    """Run the `sitecustomize` that this one stands before."""
    others = [path for path in sys.path if os.path.abspath(path or ".") != _HERE]  # noqa: PTH100 -- likewise
    found = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if found is not None and found.loader is not None:
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)


_run_the_next()
try:
    from radiograph_sdk.auto.start import start_quietly
except ImportError:
    pass  # another Python, which a traced one began
else:
    start_quietly()
