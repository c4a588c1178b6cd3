"""One delivery of the torture stream, as it is recorded."""

from dataclasses import dataclass

from documents import Content

MUST, MAY, MUST_NOT = "must", "may", "must not"  # whether the ledger must have a row for it
UNROUTED = "unrouted"


def is_temporary(name):
    """True for an upload in progress, or what a power cut left of one."""
    return name.startswith(b".") or name.endswith((b".tmp", b".part", b"~"))


@dataclass
class Delivery:
    name: bytes
    content: Content
    manner: str
    due: str = MUST
    synced: bool = True  # it must survive a power cut whole
    kept: bool = True    # the archive must have its bytes; an unsynced upload may be empty there
