from __future__ import annotations

from pathlib import Path

import pytest

from maskline.cli.refusal import Refusal, refusal_of
from maskline.model.errors import Fault
from maskline.settings import SettingsError, load
from maskline.store.contract import SchemaTooNew, StoreUnavailable


def refusal(error: Exception) -> Refusal:
    found = refusal_of(error)
    assert found is not None
    return found


def test_a_refusal_is_itself() -> None:
    error = Refusal("no", "do this", code=2)
    assert refusal_of(error) is error


def test_a_bug_is_no_refusal() -> None:
    assert refusal_of(KeyError("secret")) is None


def test_one_wrong_setting_names_its_source_and_what_to_do() -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, {"MASKLINE_PORT": "http"}, {})
    found = refusal(caught.value)
    assert found.what == "MASKLINE_PORT: port must be a whole number from 0 to 65535"
    assert found.advice == "Correct it, or leave it out for the default, 8080."


def test_several_wrong_settings_are_all_told() -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, {"MASKLINE_PORT": "http", "MASKLINE_LOG_LEVEL": "loud"}, {})
    found = refusal(caught.value)
    assert len(found.what.splitlines()) == len(found.advice.splitlines()) == 2


def test_a_newer_schema_says_what_to_start() -> None:
    found = refusal(
        SchemaTooNew("the database has schema 9, this program knows 1: start the newer")
    )
    assert found.what == "the database has schema 9, this program knows 1"
    assert found.advice == "Start the newer."


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("another server runs on this database file: stop it", "Stop it."),
        ("the database refused the transaction: database is locked", "wait until it is done"),
        ("the database refused the transaction: database or disk is full", "Free some space"),
        ("can't open the database file: file is not a database", "Restore a backup"),
        ("can't create the database file: Permission denied", "--database"),
    ],
)
def test_trouble_with_the_database_says_what_to_do(text: str, advice: str) -> None:
    assert advice in refusal(StoreUnavailable(text)).advice


def test_a_fault_shows_its_code() -> None:
    assert refusal(Fault(21421)).what == "The phone number is not valid (error 21421)"


def test_a_file_error_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as caught:
        (tmp_path / "none.csv").read_text()
    assert refusal(caught.value).what == f"{tmp_path}/none.csv: No such file or directory"
