"""Files stay small enough to hold in the head (design §5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import sizes


def test_no_product_file_is_longer_than_the_hard_limit() -> None:
    print(sizes.table())

    assert sizes.too_long(sizes.of_product(), sizes.PRODUCT_LIMIT) == []


def test_a_long_product_file_has_a_reason() -> None:
    without = [size for size in sizes.of_product() if size.path not in sizes.REASONS]

    assert sizes.too_long(without, sizes.PRODUCT_WITH_REASON) == []


def test_a_reason_goes_when_its_file_is_short_again() -> None:
    long = {size.path for size in sizes.of_product() if size.lines > sizes.PRODUCT_WITH_REASON}

    assert set(sizes.REASONS) - long == set()


def test_no_test_file_is_longer_than_its_limit() -> None:
    assert sizes.too_long(sizes.of_tests(), sizes.TEST_LIMIT) == []


@pytest.mark.parametrize(("lines", "findings"), [(3, []), (4, ["digest/long.py: 4 lines, at most 3"])])
def test_the_limit_itself_is_allowed(tmp_path: Path, lines: int, findings: list[str]) -> None:
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest" / "long.py").write_text("pass\n" * lines, encoding="utf-8")

    assert sizes.too_long(sizes.of_product(tmp_path), 3) == findings
