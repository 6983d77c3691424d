"""Programs kept on disk, so that a formula seen before is not derived again.

One file a program: validated JSON with a checksum, never source or pickles. Its name is a hash of
the formula's graph (shapes and constants are in it), of the part of the objective, and of gd's
version. The folder is the user's own, 0700. Whatever is wrong with it, a file, or the disk, is a
miss: the cache never makes an error, and damaged files are removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import gdcli
from gdcli.codegen.codec import Damaged, decode, encode
from gdcli.codegen.plan import Program
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.graph.calculus import RuleBook

_FORMAT = 1
_LIMIT = 256 * 2**20
_LARGEST_FILE = 32 * 2**20
_KEPT_WHEN_FULL = 0.75
_ABANDONED = 3600.0
"""Seconds after which a half-written file belongs to nobody."""
_PROGRAMS = "programs"
_RULES = "rules"


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What `gd cache` shows.

    Attributes:
        folder: Where; None if there is no place for a cache.
        enabled: False with `GD_NO_CACHE=1`, or where the folder is not the user's own.
        programs: How many are kept.
        bytes, limit: How much they take, and may take.
    """

    folder: Path | None
    enabled: bool
    programs: int
    bytes: int
    limit: int


def default_folder() -> Path | None:
    """Return the user's cache folder for gd: GD_CACHE_DIR, or the platform's place."""
    chosen = os.environ.get("GD_CACHE_DIR")
    if chosen:
        return Path(chosen)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "gd"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "gd"
    base = os.environ.get("XDG_CACHE_HOME", "")
    return Path(base if os.path.isabs(base) else home / ".cache") / "gd"


class Cache:
    """The programs of this user.

    Args:
        folder: Where; by default the user's cache folder.
        limit: Bytes that may be kept; the oldest files give way.
    """

    def __init__(self, folder: Path | None = None, *, limit: int = _LIMIT) -> None:
        base = default_folder() if folder is None else folder
        self._base = base
        self._folder = None if base is None else base / _PROGRAMS
        self._limit = limit
        self._off = os.environ.get("GD_NO_CACHE", "") not in ("", "0")

    def program(
        self,
        key: str,
        planner: Callable[[], Program],
        fits: Callable[[Program], bool] = lambda program: True,
    ) -> Program:
        """Return the program kept under `key` if it `fits`, or make and keep it.

        The rules of the calculus that were derived before are taken over first, so that a new
        formula of known functions need not wait for SymPy.
        """
        if self._off or self._folder is None:
            return planner()
        text = self._read(key)
        if text is not None:
            with contextlib.suppress(Damaged):
                found = decode(text)
                if fits(found):
                    return found
            self._remove(key)
        # Imported here: what is read back from the cache needs no calculus.
        from gdcli.graph.calculus import RULES

        before = self._restore_rules(RULES)
        program = planner()
        self._write(key, encode(program))
        after = json.dumps(RULES.export(), sort_keys=True)
        if after != before:
            self._write(self._rules_key(), after)
        return program

    def clear(self) -> int:
        """Remove everything kept; return how many files that were."""
        removed = 0
        for path, _ in self._files():
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
        return removed

    def info(self) -> CacheInfo:
        """Return what there is."""
        files = self._files()
        enabled = not self._off and self._folder is not None
        if enabled and self._folder is not None and self._folder.exists():
            enabled = self._is_ours()
        size = sum(status.st_size for _, status in files)
        return CacheInfo(self._base, enabled, len(files), size, self._limit)

    # --- rules -----------------------------------------------------------------------------------

    def _rules_key(self) -> str:
        return hash_key((_RULES,))

    def _restore_rules(self, rules: RuleBook) -> str:
        """Take over the rules on disk; return the rules known now."""
        if not rules.export():
            text = self._read(self._rules_key())
            if text is not None:
                try:
                    rules.restore(json.loads(text))
                except (ValueError, TypeError, RecursionError):
                    self._remove(self._rules_key())
        return json.dumps(rules.export(), sort_keys=True)

    # --- files -----------------------------------------------------------------------------------

    def _path(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{key}.json"

    def _is_ours(self) -> bool:
        """Whether the folder is a real one, the user's own, that nobody else can write to."""
        assert self._folder is not None
        try:
            status = self._folder.lstat()
        except OSError:
            return False
        if not stat.S_ISDIR(status.st_mode):
            return False
        if not hasattr(os, "getuid"):
            return True
        return status.st_uid == os.getuid() and not status.st_mode & 0o022

    def _read(self, key: str) -> str | None:
        """Return the text kept under a key if it is whole, None otherwise."""
        if not self._is_ours():
            return None
        path = self._path(key)
        try:
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            with open(os.open(path, flags), "rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_FILE:
                    return None
                content = file.read(_LARGEST_FILE)
        except OSError:
            return None
        checksum, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != checksum:
            self._remove(key)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            self._remove(key)
            return None

    def _write(self, key: str, text: str) -> None:
        """Keep a text, all of it or nothing."""
        body = text.encode("utf-8")
        if len(body) > _LARGEST_FILE or self._folder is None:
            return
        temporary = None
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_ours():
                return
            self._folder.chmod(0o700)
            import tempfile  # takes as long to import as a program to read

            handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self._folder)
            with open(handle, "wb") as file:
                file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            os.replace(temporary, self._path(key))
        except OSError:
            if temporary is not None:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            return
        # Listing the folder at every write would cost more than it keeps small: a write does so
        # with the odds of its share of a hundredth of the limit. Keys are evenly spread hashes.
        if int(key[:8], 16) * self._limit <= 100 * len(body) * 2**32:
            self._shrink()

    def _remove(self, key: str) -> None:
        with contextlib.suppress(OSError):
            self._path(key).unlink()

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        """Return the files kept with their status, oldest first."""
        found: list[tuple[Path, os.stat_result]] = []
        if self._folder is None or not self._is_ours():
            return found
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        found.append((Path(entry.path), entry.stat(follow_symlinks=False)))
        except OSError:
            pass
        return sorted(found, key=lambda pair: (pair[1].st_mtime, pair[0].name))

    def _shrink(self) -> None:
        """Remove the oldest files when there are too many, and what was never finished."""
        files = self._files()
        size = sum(status.st_size for _, status in files)
        goal = size if size <= self._limit else _KEPT_WHEN_FULL * self._limit
        for path, status in files:
            abandoned = path.name.startswith(".new-") and (
                time.time() - status.st_mtime > _ABANDONED
            )
            if size > goal or abandoned:
                with contextlib.suppress(OSError):
                    path.unlink()
                size -= status.st_size


def hash_key(parts: Iterable[str]) -> str:
    """Return the name under which something made of these texts by this version is kept."""
    digest = hashlib.sha256()
    for part in (str(_FORMAT), gdcli.__version__, *parts):
        encoded = part.encode("utf-8")
        digest.update(f"{len(encoded)}:".encode() + encoded)
    return digest.hexdigest()
