"""`gd schema`: the JSON Schema of problem files, for editors."""

from __future__ import annotations

import json
import sys
from typing import Any

from gdcli.cli.exit_codes import Exit
from gdcli.cli.session import Session


def run(_session: Session, _words: tuple[str, ...], **_options: Any) -> int:
    """Print the schema."""
    from gdcli.model.schema import schema

    sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
    return Exit.SOLVED
