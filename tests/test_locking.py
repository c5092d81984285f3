"""maskify.locking: one build at a time in a folder."""

import os
import socket
from pathlib import Path

import pytest
from fakes import files_of, reference, run_build

from maskify.errors import MaskifyError
from maskify.locking import LOCK_FILE, builder_of, only_build_in


def test_a_second_build_into_the_same_folder_is_told_who_is_there(tmp_path: Path) -> None:
    assert builder_of(tmp_path) is None
    with only_build_in(tmp_path):
        assert builder_of(tmp_path) == f"process {os.getpid()} on {socket.gethostname()}"
        with pytest.raises(MaskifyError, match=rf"process {os.getpid()} on .* is writing"):
            run_build(tmp_path)
    assert files_of(tmp_path) == {}


def test_a_lock_left_by_a_killed_build_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text("1 elsewhere")
    assert builder_of(tmp_path) is None
    run_build(tmp_path)
    assert files_of(tmp_path) == reference()
