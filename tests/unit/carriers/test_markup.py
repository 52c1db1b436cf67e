"""XML that others send."""

from __future__ import annotations

import pytest

from maskline.carriers.markup import NotXml, read, write


def test_what_is_in_a_document_is_found_however_deep() -> None:
    root = read(
        b'<?xml version="1.0" encoding="ISO-8859-1"?><R xmlns:b="urn:b"><Page><Links>'
        b"<next>Link=&lt;https://a.example/x?y=1&amp;z=2&gt;;rel=&quot;next&quot;</next></Links>"
        b"</Page><Some><b:One><Id> 7 </Id></b:One><One><Id>\xc3\xa4<![CDATA[&]]></Id></One></Some>"
        b"</R>"
    )
    assert root.name == "R"
    assert [one.value("Id") for one in root.all("One")] == ["7", "ä&"]
    assert root.value("next") == 'Link=<https://a.example/x?y=1&z=2>;rel="next"'
    assert (root.value("nothing"), root.all("nothing")) == ("", [])


BOMB = "".join(
    f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "x" * 10}">' for i in range(9)
)  # fmt: skip


@pytest.mark.parametrize(
    "hostile",
    [
        f"<!DOCTYPE r [{BOMB}]><r>&e8;</r>".encode(),
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        b'<!DOCTYPE r SYSTEM "http://10.0.0.1/x.dtd"><r/>',
        b"<r>&undeclared;</r>",
        # In another encoding nobody would see the declaration.
        '<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>'.encode("utf-16"),
        b"<r>\xff</r>",
        b"<a>" * 40 + b"</a>" * 40,
        b"<r><a></r>",
        b"<r/><r/>",
        b"",
        b"{}",
        b"<r>\0</r>",
    ],
)
def test_what_is_hostile_or_broken_is_refused_without_a_character_of_it(hostile: bytes) -> None:
    with pytest.raises(NotXml) as refused:
        read(hostile)
    assert "passwd" not in str(refused.value)


def test_what_is_written_is_read_again() -> None:
    body = write("Order", ("Id", "a<b>&c"), ("Numbers/Number", "2065550100"))
    root = read(body)
    assert (root.name, root.value("Id")) == ("Order", "a<b>&c")
    assert root.all("Numbers")[0].value("Number") == "2065550100"
