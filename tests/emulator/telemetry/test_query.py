"""The AWS query protocol."""

from datetime import UTC, datetime

import pytest

from emulator.telemetry.query import failure, parse_form, response


def test_forms_are_documents() -> None:
    """Members by their numbers, structures by their names."""
    form = "Action=A&L.member.2.N=b&L.member.1.N=a%20b&L.member.10.N=c&T.member.1=x&S.K=&E="
    assert parse_form(form.encode()) == {
        "Action": "A",
        "L": [{"N": "a b"}, {"N": "b"}, {"N": "c"}],
        "T": ["x"],
        "S": {"K": ""},
        "E": "",
    }
    assert parse_form(b"") == {}


@pytest.mark.parametrize(
    "body", [b"a", b"\xff=1", b"A=1&A.B=2", b"L.member.x=1", b"&".join([b"a=1"] * 30_000)]
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    """By `ValueError`, whatever is wrong with it."""
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
        parse_form(body)


def test_answers_are_xml() -> None:
    """Lists of members, structures, times; text is escaped, and what XML cannot hold replaced."""
    moment = datetime(2024, 1, 31, tzinfo=UTC)
    document = {"L": [{"N": "<&\x00>"}, {"N": 1.5}], "T": moment, "E": []}
    assert response("Op", document, "id").endswith(
        "<OpResult><L><member><N>&lt;&amp;\ufffd&gt;</N></member><member><N>1.5</N></member></L>"
        "<T>2024-01-31T00:00:00+00:00</T><E></E></OpResult>"
        "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></OpResponse>"
    )
    assert "Result" not in response("Op", None, "id")
    assert "<Type>Sender</Type><Code>C</Code><Message>a&lt;b</Message>" in failure(
        "Sender", "C", "a<b", "id"
    )
