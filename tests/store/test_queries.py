"""The named SQL and the migrations as text, whatever engine runs them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from maskline.store import migrate, sql
from maskline.store.migrate import COMPATIBLE_STEPS
from maskline.store.sql import PAGE_FORMS, RECORDS, load

STORE = Path(sql.__file__).parent
#: Names, and the engine that a statement is for; "" for all of them.
NAMED = [
    (name, engine)
    for path in sorted((STORE / "queries").glob("*.sql"))
    for name, engine in re.findall(
        r"^-- name: (\w+)(?: \((\w+)\))?$", path.read_text("utf-8"), re.MULTILINE
    )
]

#: What takes a query's name as its first text.
RUNNERS = {
    "one",
    "all",
    "run",
    "run_many",
    "add_many",
    "add_every",
    "add_unless",
    "one_each",
    "_one",
    "_all",
    "_page",
    "keyset",
    "narrowed",
    "_least_loaded",
    "_spared",
}


def used() -> set[str]:
    """The names that the code runs statements by."""
    found = set()
    for path in STORE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
                constants = [part.value for part in node.args if isinstance(part, ast.Constant)]
                texts = [value for value in constants if isinstance(value, str)]
                if called in RUNNERS and texts:
                    found.add(texts[0])
    return found


def files_at(directory: Path) -> object:
    """Stands in for `importlib.resources.files`."""
    return lambda _: directory


def test_every_query_is_used_and_every_one_that_is_used_exists() -> None:
    assert len(NAMED) > 50
    assert {name for name, _ in NAMED} == used()


def test_names_are_given_once() -> None:
    assert [named for named, times in Counter(NAMED).items() if times > 1] == []


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_nothing_is_left_to_fill_in(dialect: str) -> None:
    statements = load(dialect)
    names = {name for name, engine in NAMED if engine in ("", dialect)}
    spare = {f"{name}_spare" for name in names}
    lists = {name.rsplit("_", 1)[0] for name in set(statements) - names - spare}
    assert {f"{name}_{form}" for name in lists for form in PAGE_FORMS} <= set(statements)
    assert names == {name for name in statements if name in names} | lists
    for name, text in statements.items():
        assert "{" not in text, name
        assert "--" not in text, name
        assert ("$" in text) <= (dialect == "postgres"), name
        assert ("?" in text) <= (dialect == "sqlite"), name


def test_parameters_have_no_gap() -> None:
    for name, text in load("postgres").items():
        numbers = {int(n) for n in re.findall(r"\$(\d+)", text)}
        assert numbers == set(range(1, len(numbers) + 1)), name


def test_columns_of_a_record_stand_in_its_order() -> None:
    fields = ", ".join(RECORDS["Account"].__struct_fields__)
    assert load("sqlite")["account_get"] == f"SELECT {fields} FROM accounts WHERE sid = ?1"


@pytest.mark.parametrize(
    ("form", "tail"),
    [
        ("first", "WHERE account_sid = $1 ORDER BY sid DESC LIMIT $2 OFFSET $3"),
        ("after", "WHERE account_sid = $1 AND sid < $3 ORDER BY sid DESC LIMIT $2"),
        ("before", "WHERE account_sid = $1 AND sid > $3 ORDER BY sid LIMIT $2"),
    ],
)
def test_a_list_has_a_form_per_direction(form: str, tail: str) -> None:
    assert load("postgres")[f"service_page_{form}"].endswith(tail)


def test_a_name_that_is_given_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "a.sql").write_text("-- name: x\nSELECT 1\n-- name: y\nSELECT {unknown}\n")
    (queries / "notes.txt").write_text("-- name: x\n")
    monkeypatch.setattr(sql, "files", files_at(tmp_path))
    assert dict(load("sqlite")) == {"x": "SELECT 1", "y": "SELECT {unknown}"}
    (queries / "b.sql").write_text("-- name: x\nSELECT 2\n")
    with pytest.raises(ValueError, match=r"b\.sql: query x is given twice"):
        load("sqlite")


def test_a_statement_of_one_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "a.sql").write_text(
        "-- name: x\nSELECT 1\n-- name: x (postgres)\nSELECT 2\n-- name: y (postgres)\nSELECT 3\n"
    )
    monkeypatch.setattr(sql, "files", files_at(tmp_path))
    assert dict(load("sqlite")) == {"x": "SELECT 1"}
    assert dict(load("postgres")) == {"x": "SELECT 2", "y": "SELECT 3"}


@pytest.mark.parametrize(
    ("token", "lock"),
    [
        ("{lock}", " FOR NO KEY UPDATE"),
        ("{lock:share}", " FOR SHARE"),
        ("{lock:skip}", " FOR NO KEY UPDATE SKIP LOCKED"),
        ("{lock:m}", " FOR NO KEY UPDATE OF m"),
    ],
)
def test_locks(token: str, lock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "a.sql").write_text(f"-- name: x\nSELECT a FROM m WHERE b = $1\n{token}\n")
    monkeypatch.setattr(sql, "files", files_at(tmp_path))
    bare = "SELECT a FROM m WHERE b = $1"
    assert load("postgres", locking=True)["x"] == bare + lock
    assert load("postgres")["x"] == bare
    assert load("sqlite", locking=True)["x"] == bare.replace("$", "?")


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_migrations_are_whole_in_every_dialect(dialect: str) -> None:
    steps = migrate.migrations(dialect)
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    for step in steps:
        assert step.name
        assert step.statements or dialect == "sqlite"
        for statement in step.statements:
            assert "{" not in statement
            assert "--" not in statement
            assert not statement.endswith(";")
            assert ("WITHOUT ROWID" in statement) <= (dialect == "sqlite")


def test_migrations_with_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.sql").write_text("CREATE TABLE a (b TEXT);\n")
    (folder / "readme.txt").write_text("no step")
    monkeypatch.setattr(migrate, "files", files_at(tmp_path))
    assert migrate.migrations("sqlite") == ((1, "first", ("CREATE TABLE a (b TEXT)",), False),)
    (folder / "0003_third.sql").write_text("CREATE TABLE c (d TEXT);\n")
    with pytest.raises(ValueError, match="without a gap"):
        migrate.migrations("sqlite")


def test_a_step_s_statements_for_one_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_first.sql").write_text(
        "-- What is common; with a semicolon.\nCREATE TABLE a (b TEXT NOT NULL);\n\n"
        "-- Only there.\n-- only: postgres\nCREATE INDEX c ON a (b);\n"
        "CREATE INDEX d ON a (b) WHERE b <> 'TEXT';\n"
    )
    monkeypatch.setattr(migrate, "files", files_at(tmp_path))
    (step,) = migrate.migrations("sqlite")
    last = "CREATE INDEX d ON a (b) WHERE b <> 'TEXT'"
    assert step.statements == ("CREATE TABLE a (b TEXT NOT NULL)", last)
    (step,) = migrate.migrations("postgres")
    assert step.statements == (
        'CREATE TABLE a (b TEXT COLLATE "C" NOT NULL)',
        "CREATE INDEX c ON a (b)",
        last,
    )


def test_a_step_says_whether_it_only_adds() -> None:
    folder = STORE / "migrations"
    first = next(s.number for s in migrate.migrations("sqlite") if s.name == COMPATIBLE_STEPS)
    for path in sorted(folder.glob("*.sql")):
        if int(path.name[:4]) >= first:
            declared = re.findall(r"^-- compatible: (\w+)$", path.read_text("utf-8"), re.MULTILINE)
            assert declared in (["yes"], ["no"]), f"{path.name} does not say it, or says it twice"


#: What takes something away from a program that does not know the step, or forbids what it does.
TAKES = re.compile(
    r"\bDROP (TABLE|COLUMN)|\bRENAME\b|\bALTER COLUMN\b|\bUNIQUE\b|\bADD CONSTRAINT\b"
    r"|\bADD COLUMN \w+ \w+(?: COLLATE \S+)? NOT NULL(?! DEFAULT)|\bCHECK\b|^(UPDATE|DELETE)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_a_step_that_only_adds_does(dialect: str) -> None:
    steps = [step for step in migrate.migrations(dialect) if step.compatible]
    assert steps
    made: set[str] = set()
    for step in steps:
        for statement in step.statements:
            made |= set(re.findall(r"^CREATE TABLE (\w+)", statement))
            on = re.search(r"\b(?:TABLE|ON|INTO|UPDATE|FROM) (\w+)", statement)
            # A table of its own may be as it likes.
            if on is None or on[1] not in made:
                assert TAKES.search(statement) is None, f"{step.number:04d}: {statement}"


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE a",
        "ALTER TABLE a DROP COLUMN b",
        "ALTER TABLE a RENAME COLUMN b TO c",
        "ALTER TABLE a ADD COLUMN b TEXT NOT NULL",
        'ALTER TABLE a ADD COLUMN b TEXT COLLATE "C" NOT NULL',
        "CREATE UNIQUE INDEX b ON a (c)",
        "UPDATE a SET b = 1",
    ],
)
def test_what_does_not_only_add(statement: str) -> None:
    assert TAKES.search(statement)
    assert not TAKES.search("ALTER TABLE a ADD COLUMN b BIGINT NOT NULL DEFAULT 0")
    assert not TAKES.search("CREATE INDEX b ON a (c) WHERE d IS NULL")
