"""What has to be done so that a change in a folder survives a power loss."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder to disk. Does nothing on Windows: folders cannot be opened there.

    Args:
        folder: The folder.

    Raises:
        OSError: It cannot be opened or synced.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
