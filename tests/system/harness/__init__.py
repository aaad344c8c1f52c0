"""The system tests' harness: what a case imports."""

from . import npm, scripts, tls, vtc, wire
from .admin import Admin, parse_metrics
from .backend import Backend
from .client import Answer, Client, ask
from .load import Load
from .proxy import Proxy, merged, split_address
from .stand import (Harness, Skipped, Stand, alone, base_config, base_rules, limit, long,
                    native)
from .store import PgStore, SqliteStore
from .wait import SLACK, Timeout, deadline, eventually
from .wire import Closed, ProtocolError, answer, chunk, request

__all__ = [
    "Admin", "Answer", "Backend", "Client", "Closed", "Harness", "Load", "PgStore",
    "ProtocolError", "Proxy", "SLACK", "Skipped", "SqliteStore", "Stand", "Timeout",
    "answer", "ask", "base_config", "base_rules", "chunk", "deadline", "eventually",
    "limit", "long", "merged", "native", "npm", "parse_metrics", "request", "scripts",
    "split_address", "tls", "vtc", "wire",
]
