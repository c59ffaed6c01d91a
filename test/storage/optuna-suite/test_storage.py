"""Optuna's own test suite for storages, each test on a fresh copy of a file that Tunelens wrote.

TUNELENS_FILES is a folder with `empty.db` and `ours.db` (with studies in it); what the tests leave of the copies goes to `left/` in it.
"""

import os
import pathlib
import shutil
import sqlite3

import pytest

from optuna.storages import RDBStorage, _CachedStorage
from optuna.testing.pytest_storages import StorageTestCase

FILES = pathlib.Path(os.environ["TUNELENS_FILES"])


class StorageBesideOurs(RDBStorage):
    """The suite counts studies: those that were in the file before are not its own."""

    ours = frozenset()

    def get_all_studies(self):
        return [study for study in super().get_all_studies() if study._study_id not in self.ours]


def contents(path, study_ids):
    """Every row of these studies."""
    db = sqlite3.connect(path)
    ids = ", ".join(map(str, study_ids))
    trials = f"SELECT trial_id FROM trials WHERE study_id IN ({ids})"
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {}
    for table in tables:
        columns = [column[1] for column in db.execute(f"PRAGMA table_info({table})")]
        owner = f"trial_id IN ({trials})" if "trial_id" in columns else f"study_id IN ({ids})" if "study_id" in columns else "0"
        rows[table] = db.execute(f"SELECT * FROM {table} WHERE {owner}").fetchall()
    db.close()
    return rows


@pytest.mark.parametrize(("file", "cached"), [("empty", False), ("ours", True)], ids=["empty-direct", "ours-cached"])
class TestTunelensFile(StorageTestCase):
    @pytest.fixture
    def storage(self, request, file, cached, tmp_path):
        path = tmp_path / "studies.db"
        shutil.copy(FILES / f"{file}.db", path)
        storage = StorageBesideOurs(f"sqlite:///{path}")
        storage.ours = frozenset(study._study_id for study in storage.get_all_studies())
        assert bool(storage.ours) == (file == "ours")
        before = contents(path, storage.ours)
        yield _CachedStorage(storage) if cached else storage
        assert contents(path, storage.ours) == before
        storage.remove_session()
        storage.engine.dispose()
        # The log is a part of the file: this writes it back.
        sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
        name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
        shutil.copy(path, FILES / "left" / f"{name}.db")
