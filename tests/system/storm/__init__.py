"""The parts of the torture case: random backends, random clients, and the
ledger that both report to.  Everything is drawn from one seed."""

from .backends import scripted
from .clients import Storm
from .ledger import Ledger

__all__ = ["Ledger", "Storm", "scripted"]
