"""Imported by the fork server: everything the commands need, loaded once."""

from tests.faults.work import preload

preload()
