from __future__ import annotations

from pathlib import Path

import pytest

from maskline.vault import BadKey, CannotOpen, Tickets, Vault, new_key, read_key_file, read_keys

OLD, NEW = (read_keys(new_key())[0] for _ in range(2))


def test_what_is_sealed_opens() -> None:
    vault = Vault([OLD])
    sealed = vault.seal(b"secret", "carrier:twilio:one")
    assert vault.open(sealed, "carrier:twilio:one") == b"secret"
    assert "secret" not in sealed
    # The same secret never looks the same twice.
    assert vault.seal(b"secret", "carrier:twilio:one") != sealed


def test_what_belongs_to_one_row_does_not_open_in_another() -> None:
    vault = Vault([OLD])
    sealed = vault.seal(b"secret", "carrier:twilio:one")
    with pytest.raises(CannotOpen, match="another row"):
        vault.open(sealed, "carrier:twilio:two")


@pytest.mark.parametrize("place", [2, 3])
def test_what_was_changed_does_not_open(place: int) -> None:
    vault = Vault([OLD])
    parts = vault.seal(b"secret", "a").split(".")
    parts[place] = ("B" if parts[place][20] == "A" else "A").join(
        (parts[place][:20], parts[place][21:])
    )
    with pytest.raises(CannotOpen):
        vault.open(".".join(parts), "a")


@pytest.mark.parametrize(
    ("sealed", "says"),
    [
        ("", "changed"),
        ("v1.a.b", "changed"),
        ("v2.a.b.c", "newer version"),
        ("v1.a.b.c", "another credentials key"),
    ],
)
def test_what_is_no_seal_of_ours(sealed: str, says: str) -> None:
    with pytest.raises(CannotOpen, match=says):
        Vault([OLD]).open(sealed, "a")


def test_a_key_is_replaced_while_processes_run() -> None:
    before = Vault([OLD])
    sealed = before.seal(b"secret", "a")
    during = Vault([NEW, OLD])
    assert during.open(sealed, "a") == b"secret"
    assert not during.is_current(sealed)
    anew = during.rewrapped(sealed, "a")
    assert during.is_current(anew)
    # The secret itself was not touched.
    assert anew.rpartition(".")[2] == sealed.rpartition(".")[2]
    after = Vault([NEW])
    assert after.open(anew, "a") == b"secret"
    for vault, old in ((before, anew), (after, sealed)):
        with pytest.raises(CannotOpen, match="another credentials key"):
            vault.open(old, "a")
    with pytest.raises(CannotOpen):
        during.rewrapped(sealed, "b")


def test_keys_as_operators_write_them(tmp_path: Path) -> None:
    one, two = new_key(), new_key()
    assert read_keys(f" {one} , {two} ") == [read_keys(one)[0], read_keys(two)[0]]
    file = tmp_path / "key"
    file.write_text(f"# the new one\n{one}\n\n{two}\n")
    assert read_key_file(file) == read_keys(f"{one},{two}")
    assert read_keys(one.replace("-", "+").replace("_", "/")) == read_keys(one)


@pytest.mark.parametrize("text", ["x", "AAAA", "é" * 44, f"{'A' * 43}=,short"])
def test_keys_that_are_none(text: str) -> None:
    with pytest.raises(BadKey, match="32 bytes"):
        read_keys(text)


def test_no_key_is_no_vault() -> None:
    with pytest.raises(BadKey):
        Vault([])


def test_keys_for_other_purposes_are_other_keys() -> None:
    vault = Vault([NEW, OLD])
    media = vault.derived("media")
    assert len({*media, *vault.derived("other"), OLD, NEW}) == 6
    assert media[0] == Vault([NEW]).derived("media")[0]


def test_tickets() -> None:
    vault = Vault([OLD])
    desk = Tickets(vault.derived("media"))
    ticket = desk.issue("https://carrier.example/1", "one", 1000)
    assert desk.read(ticket, "one", 999) == "https://carrier.example/1"
    assert desk.read(ticket, "one", 1000) is None
    assert desk.read(ticket, "two", 0) is None
    assert "carrier" not in ticket
    for wrong in ("", "A", "é", ticket[:-2], ticket[1:], f"{ticket}AAAA"):
        assert desk.read(wrong, "one", 0) is None
    later = Tickets(Vault([NEW, OLD]).derived("media"))
    assert later.read(ticket, "one", 0) == "https://carrier.example/1"
    assert Tickets(Vault([NEW]).derived("media")).read(ticket, "one", 0) is None
