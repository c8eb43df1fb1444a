"""Reading a workspace: where its files are, which build is current, and what stands in it."""

from crowdselect.store.build import Build
from crowdselect.store.opening import open_build, open_pool
from crowdselect.store.pool import load_pool
from crowdselect.store.workspace import Workspace

__all__ = ["Build", "Workspace", "load_pool", "open_build", "open_pool"]
