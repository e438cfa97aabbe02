# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How many processes share the tests."""

import pytest

from suite.commands.test import count_workers
from suite.console import Failure


@pytest.mark.parametrize(
    "arguments,workers",
    [
        ([], 2),
        (["-x", "--durations=5", "-k=billing"], 2),
        (["crm_extension"], 0),
        (["-x", "tests/test_install.py"], 0),
        (["-n0"], 0),
        (["-n", "4"], 0),
        (["--pdb"], 0),
        (["-s"], 0),
    ],
)
def test_runs_of_everything_are_shared(monkeypatch, arguments, workers):
    monkeypatch.delenv("CRM_SUITE_TEST_WORKERS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert count_workers(arguments) == workers


@pytest.mark.parametrize("wanted,workers", [("0", 0), ("1", 0), ("3", 3), ("99", 8)])
def test_the_number_can_be_chosen(monkeypatch, wanted, workers):
    monkeypatch.setenv("CRM_SUITE_TEST_WORKERS", wanted)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert count_workers([]) == workers


def test_one_core_runs_one_process(monkeypatch):
    monkeypatch.delenv("CRM_SUITE_TEST_WORKERS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert count_workers([]) == 0


def test_a_number_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("CRM_SUITE_TEST_WORKERS", "many")
    with pytest.raises(Failure, match="'many'"):
        count_workers([])
