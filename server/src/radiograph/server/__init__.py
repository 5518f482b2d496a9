"""The composition root: builds the parts of `radiograph up` and runs them in one process.

Floor 6. Begin reading at `service.py`.
"""
