"""The console in a real browser: Debian's Chromium in front of a real Radiograph. Begin with conftest.py."""
