"""Settings: the default file and the tree agree, sources override, and mistakes are named."""

from __future__ import annotations

import runpy
import tomllib
from pathlib import Path

import pytest

from maskline.settings import (
    KEYS,
    Problem,
    Settings,
    SettingsError,
    default_toml,
    describe,
    documentation,
    load,
    redact_url,
)
from maskline.settings.places import places

ROOT = Path(__file__).parents[2]
TOKEN = "0123456789abcdef0123456789abcdef"
SID = "AC" + "0" * 32


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No maskline.toml of the checkout may reach a test."""
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "maskline.toml") -> Path:
    path = Path(name)
    path.write_text(text, "utf-8")
    return path


def problem(text: str = "", environ: dict[str, str] | None = None, **overrides: object) -> Problem:
    write(text)
    with pytest.raises(SettingsError) as caught:
        load(None, environ or {}, overrides)
    assert len(caught.value.problems) == 1
    assert str(caught.value) == str(caught.value.problems[0])
    return caught.value.problems[0]


def rows(settings: Settings) -> dict[str, tuple[str, str]]:
    return {row.key: (row.value, row.source) for row in describe(settings)}


# The default file


def test_default_file_is_the_tree_key_by_key() -> None:
    written = [place.name for place in places(default_toml()) if place.name in KEYS]
    sections = {place.name for place in places(default_toml())} - set(KEYS)
    assert sorted(written) == sorted(KEYS)
    assert sections == {key.section for key in KEYS.values()} - {""}


def test_default_file_is_the_tree_value_by_value() -> None:
    loaded = load(write(default_toml(), "copy.toml"))
    for key in KEYS.values():
        assert key.value_in(loaded) == key.value_in(Settings()), key.path


def test_keys_without_default_are_commented_out() -> None:
    off = {place.name for place in places(default_toml()) if not place.active}
    assert off == {key.path for key in KEYS.values() if key.default is None}


def test_every_key_and_section_says_why() -> None:
    assert [name for name, why in documentation().items() if not why.endswith(".")] == []


def test_reference_page_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts/settings_docs.py"))
    page = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    assert page == script["page"](), "run: make docs"


# Sources


def test_without_any_source_all_is_default() -> None:
    assert load() == Settings()


def test_fixed_names_of_variables() -> None:
    variables = {key.variable for key in KEYS.values()}
    assert variables >= {
        "MASKLINE_DATABASE_URL",
        "MASKLINE_PUBLIC_URL",
        "MASKLINE_ACCOUNT_SID",
        "MASKLINE_AUTH_TOKEN",
        "MASKLINE_ALLOW_PRIVATE_WEBHOOKS",
        "MASKLINE_HOST",
        "MASKLINE_PORT",
    }
    assert len(variables) == len(KEYS)


def test_stronger_sources_override_weaker() -> None:
    write('port = 1\nhost = "a.example"\nlog_level = "debug"\n[limits]\nmax_page_size = 60\n')
    settings = load(
        None,
        {"MASKLINE_PORT": "2", "MASKLINE_HOST": "b.example"},
        {"port": 3, "database_url": None, "simulator.enabled": False},
    )
    assert (settings.port, settings.host, settings.log_level) == (3, "b.example", "debug")
    assert settings.limits.max_page_size == 60
    assert settings.limits.default_page_size == 50
    assert settings.simulator.enabled is False
    assert settings.sources == {
        "port": "command line",
        "host": "MASKLINE_HOST",
        "log_level": "maskline.toml:3",
        "limits.max_page_size": "maskline.toml:5",
        "simulator.enabled": "command line",
    }


def test_file_named_by_argument_goes_before_variable_before_folder() -> None:
    write("port = 1")
    write("port = 2", "two.toml")
    write("port = 3", "three.toml")
    assert load().port == 1
    assert load(None, {"MASKLINE_CONFIG": "two.toml"}).port == 2
    assert load(Path("three.toml"), {"MASKLINE_CONFIG": "two.toml"}).port == 3


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("MASKLINE_ALLOW_PRIVATE_WEBHOOKS", "true", True),
        ("MASKLINE_ALLOW_PRIVATE_WEBHOOKS", "0", False),
        ("MASKLINE_PORT", " 9000 ", 9000),
        ("MASKLINE_WEBHOOKS_TOTAL_TIMEOUT", "7", 7.0),
        ("MASKLINE_WEBHOOKS_RETRY_DELAYS", "1, 2.5,60", (1.0, 2.5, 60.0)),
        ("MASKLINE_WEBHOOKS_RETRY_DELAYS", "[1]", (1.0,)),
        ("MASKLINE_NUMBERS_VALIDITY", "strict", "strict"),
        ("MASKLINE_PUBLIC_URL", "https://masking.example.com/", "https://masking.example.com"),
        ("MASKLINE_DATABASE_URL", "postgresql://u:p@db.example/m", "postgresql://u:p@db.example/m"),
        ("MASKLINE_ACCOUNT_SID", SID, SID),
        ("MASKLINE_AUTH_TOKEN", TOKEN, TOKEN),
        ("MASKLINE_HOST", "", "127.0.0.1"),
        ("MASKLINE_PUBLIC_URL", " ", None),
    ],
)
def test_variable_is_read_by_its_keys_type(variable: str, text: str, value: object) -> None:
    key = next(key for key in KEYS.values() if key.variable == variable)
    assert key.value_in(load(None, {variable: text})) == value


def test_dotted_key_and_inline_table_are_read() -> None:
    write("limits.max_page_size = 70\nsqlite = { cache_mb = 8 }")
    settings = load()
    assert (settings.limits.max_page_size, settings.sqlite.cache_mb) == (70, 8)
    assert settings.sources["limits.max_page_size"] == "maskline.toml:1"
    assert settings.sources["sqlite.cache_mb"] == "maskline.toml"


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(), "http://127.0.0.1:8080"),
        (Settings(host="0.0.0.0", port=80), "http://127.0.0.1:80"),
        (Settings(host="::"), "http://[::1]:8080"),
        (Settings(host="masking.example"), "http://masking.example:8080"),
        (Settings(public_url="https://masking.example/m"), "https://masking.example/m"),
    ],
)
def test_base_url_is_what_others_can_call(settings: Settings, url: str) -> None:
    assert settings.base_url == url


# Mistakes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'port = "8080"',
            "maskline.toml:1: port must be a whole number from 0 to 65535. "
            "Write it without quotation marks, or leave it out for the default, 8080.",
        ),
        (
            "# page\n\n[limits]\nmax_page_size = 0",
            "maskline.toml:4: limits.max_page_size must be a whole number from 1 to 1000. "
            "Correct it, or leave it out for the default, 100.",
        ),
        (
            "allow_private_webhooks = 1",
            "maskline.toml:1: allow_private_webhooks must be true or false. "
            "Correct it, or leave it out for the default, false.",
        ),
        (
            '[numbers]\nvalidity = "loose"',
            'maskline.toml:2: numbers.validity must be one of "lenient", "strict", "twilio". '
            'Correct it, or leave it out for the default, "twilio".',
        ),
        (
            "[delivery]\npoll_seconds = nan",
            "maskline.toml:2: delivery.poll_seconds must be a number from 0.001 to 86400. "
            "Correct it, or leave it out for the default, 1.0.",
        ),
        (
            "[webhooks]\nretry_delays = [1, -1]",
            "maskline.toml:2: webhooks.retry_delays must be a list of seconds, each from 0 to "
            "604800. Correct it, or leave it out for the default, [1, 5, 30, 120, 600, 3600].",
        ),
        (
            'public_url = "masking.example.com"',
            "maskline.toml:1: public_url must be an http:// or https:// address without user, "
            "query or fragment. Correct it, or leave it out.",
        ),
        (
            "prot = 1",
            "maskline.toml:1: prot is not a setting. Did you mean port, above the first section?",
        ),
        (
            "max_page_size = 50",
            "maskline.toml:1: max_page_size is not a setting. "
            "Did you mean max_page_size, under [limits]?",
        ),
        (
            "[limits]\nmax_pages = 50",
            "maskline.toml:2: limits.max_pages is not a setting. "
            "Did you mean max_page_size, under [limits]?",
        ),
        ("[limit]\nx = 1", "maskline.toml:1: limit is not a setting. Did you mean [limits]?"),
        (
            "zzz = 1",
            "maskline.toml:1: zzz is not a setting. docs/reference/settings.md lists every key.",
        ),
        (
            "voice = true",
            "maskline.toml:1: voice is a section, not a key. "
            "Write [voice] on a line of its own and its keys below.",
        ),
        ("sources = {}", "maskline.toml:1: sources is not a setting."),
        ("port = ", "maskline.toml: the file is not TOML: Invalid value (at end of document)."),
    ],
)
def test_mistake_in_the_file_is_named(text: str, message: str) -> None:
    assert str(problem(text)).startswith(message)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "MASKLINE_WEBHOOKS_RETRY_DELAYS",
            "1;2",
            "MASKLINE_WEBHOOKS_RETRY_DELAYS: webhooks.retry_delays must be a list of seconds, each "
            "from 0 to 604800. Put commas between the values, or leave it out for the default, ",
        ),
        (
            "MASKLINE_PORT",
            "tcp://192.0.2.1:8080",
            "MASKLINE_PORT: port must be a whole number from 0 to 65535. Kubernetes sets it for a "
            "Service named maskline: set enableServiceLinks: false.",
        ),
        (
            "MASKLINE_DATABSE_URL",
            "sqlite:///x",
            "MASKLINE_DATABSE_URL: the variable is not a setting. "
            "Did you mean MASKLINE_DATABASE_URL?",
        ),
        (
            "MASKLINE_CONFIG",
            "absent.toml",
            "absent.toml: the file can't be read: No such file or directory. "
            "It comes from MASKLINE_CONFIG: correct the path, or who may read it.",
        ),
    ],
)
def test_mistake_in_a_variable_is_named(variable: str, value: str, message: str) -> None:
    assert str(problem("", {variable: value})).startswith(message)


def test_variables_of_others_are_left_alone() -> None:
    environ = {
        "MASKLINE_SERVICE_HOST": "192.0.2.1",
        "MASKLINE_PORT_8080_TCP_ADDR": "192.0.2.1",
        "MASKLINE_TEST_DATABASE_URL": "postgresql://db.example/test",
        "PORT": "x",
    }
    assert load(None, environ) == Settings()


def test_mistake_on_the_command_line_is_named() -> None:
    assert problem(port=70_000).source == "command line"
    assert problem(ports=1).advice == "Did you mean port, above the first section?"


def test_missing_file_of_the_argument_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"^no\.toml: the file can't be read: .*--config"):
        load(Path("no.toml"))


def test_folder_in_place_of_the_file_is_an_error() -> None:
    Path("maskline.toml").mkdir()
    with pytest.raises(SettingsError, match="the current folder"):
        load()


def test_file_in_another_encoding_is_an_error() -> None:
    Path("maskline.toml").write_bytes(b'host = "\xff"')
    with pytest.raises(SettingsError, match="is not UTF-8"):
        load()


def test_all_mistakes_are_told_at_once() -> None:
    write("prot = 1\nport = -1\n")
    with pytest.raises(SettingsError) as caught:
        load(None, {"MASKLINE_LOG_LEVEL": "loud"})
    assert {one.key for one in caught.value.problems} == {"prot", "port", "log_level"}
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[limits]\ndefault_page_size = 101",
            "maskline.toml:2: limits.default_page_size must not exceed limits.max_page_size. "
            "They are 101 and 100: change either.",
        ),
        (
            "[limits]\nmax_page_size = 49",
            "maskline.toml:2: limits.default_page_size must not exceed limits.max_page_size. "
            "They are 50 and 49: change either.",
        ),
        (
            "[delivery]\nlease_seconds = 15",
            "maskline.toml:2: delivery.lease_seconds must exceed webhooks.total_timeout. "
            "They are 15.0 and 15.0: change either.",
        ),
    ],
)
def test_settings_that_clash_are_named(text: str, message: str) -> None:
    assert str(problem(text)) == message


# Secrets


@pytest.mark.parametrize(
    "text",
    [
        'auth_token = "hunter2"',
        "auth_token = 31337",
        'account_sid = "hunter2-31337"',
        'database_url = "mysql://user:hunter2@db.example/31337"',
        'public_url = "https://user:hunter2@masking.example.com/31337"',
        'port = "hunter2"',
        '[limits]\nauth = "hunter2"',
    ],
)
def test_refused_value_is_never_echoed(text: str) -> None:
    message = str(problem(text))
    assert "hunter2" not in message
    assert "31337" not in message


def test_secrets_are_hidden_in_what_is_shown() -> None:
    url = "postgresql://user:hunter2@db.example/m?sslpassword=hunter2"
    settings = load(None, {"MASKLINE_AUTH_TOKEN": TOKEN, "MASKLINE_DATABASE_URL": url})
    shown = rows(settings)
    assert shown["auth_token"] == ("hidden", "MASKLINE_AUTH_TOKEN")
    hidden = '"postgresql://user:***@db.example/m?sslpassword=***"'
    assert shown["database_url"] == (hidden, "MASKLINE_DATABASE_URL")
    assert "hunter2" not in repr(settings)
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    ("url", "redacted"),
    [
        ("sqlite:///maskline.db", "sqlite:///maskline.db"),
        ("postgresql://db.example/m", "postgresql://db.example/m"),
        ("postgresql://user@db.example/m", "postgresql://user@db.example/m"),
        ("postgresql://user:a@b/c:d@db.example/m", "postgresql://user:***@db.example/m"),
        ("postgresql:///m?user=u&password=p&x=1", "postgresql:///m?user=u&password=***&x=1"),
    ],
)
def test_redacted_url_keeps_all_but_the_password(url: str, redacted: str) -> None:
    assert redact_url(url) == redacted


# In words


def test_rows_show_value_source_default_and_why() -> None:
    write("[webhooks]\nretry_delays = [1, 2.5]")
    row = next(row for row in describe(load()) if row.key == "webhooks.retry_delays")
    assert row.variable == "MASKLINE_WEBHOOKS_RETRY_DELAYS"
    assert (row.value, row.source) == ("[1, 2.5]", "maskline.toml:2")
    assert row.default == "[1, 5, 30, 120, 600, 3600]"
    assert row.expected == "a list of seconds, each from 0 to 604800"
    assert row.why.startswith("Seconds before each retry of a status callback")


def test_rows_are_all_keys_in_order_with_their_defaults() -> None:
    described = describe(Settings())
    assert [row.key for row in described] == list(KEYS)
    assert all(row.source == "default" and row.value == row.default for row in described)
    assert rows(Settings())["public_url"] == ("not set", "default")


def test_written_values_are_toml() -> None:
    for row in describe(Settings()):
        if row.value != "not set":
            assert tomllib.loads(f"key = {row.value}")["key"] is not None
