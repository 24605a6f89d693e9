"""The directory of an attempt."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from agents.sandbox.directory import remove, sweep, work_directory

pytestmark = pytest.mark.requirement("W9")


def test_it_is_private_and_empty_and_removed_in_the_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with work_directory(tmp_path / "jobs", "job-1.1") as directory:
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700
            assert [path.name for path in directory.iterdir()] == [".tmp"]
            (directory / "deep").mkdir()
            (directory / "deep/file").write_text("x")
        assert not directory.exists()

    asyncio.run(scenario())


def test_it_is_removed_after_a_failure_and_a_cancellation_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), work_directory(tmp_path, "a"):
                await asyncio.sleep(600)
        with pytest.raises(ZeroDivisionError):
            async with work_directory(tmp_path, "b"):
                raise ZeroDivisionError

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []


def test_it_can_be_kept_and_is_begun_anew(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with work_directory(tmp_path, "a", keep=True) as directory:
            (directory / "old").touch()
        assert (directory / "old").exists()
        async with work_directory(tmp_path, "a") as again:
            assert again == directory
            assert not (again / "old").exists()

    asyncio.run(scenario())


def test_write_protected_directories_and_links_do_not_keep_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (outside / "kept").touch()
    job = tmp_path / "job"
    (job / "shut/deep").mkdir(parents=True)
    (job / "shut/deep/file").touch()
    (job / "link").symlink_to(outside)
    (job / "shut/deep").chmod(0)
    (job / "shut").chmod(0o500)

    remove(job)
    remove(job)

    assert not job.exists()
    assert (outside / "kept").exists()
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755


def test_what_killed_workers_left_is_swept(tmp_path: Path) -> None:
    for name in ("gone", "alive"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "alive")

    assert sweep(tmp_path, lambda name: name == "alive") == ["gone", "link"]
    assert [path.name for path in tmp_path.iterdir()] == ["alive"]
    assert sweep(tmp_path / "nowhere", lambda name: False) == []
