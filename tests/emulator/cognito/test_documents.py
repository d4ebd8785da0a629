"""jwks.json, openid-configuration, and the keys behind them (section 6.4)."""

import stat
from pathlib import Path
from typing import Any

from emulator.cognito.keys import Keys
from tests.emulator.cognito.bench import Server
from tests.emulator.cognito.stacks import NAMES


def test_jwks(server: Server) -> None:
    """Two RSA keys, readable from any web page, at both addresses."""
    for path in ("", "/cognito"):
        answer = server.request("GET", f"{path}/{NAMES.id}/.well-known/jwks.json")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["access-control-allow-origin"] == "*"
        found = answer.document["keys"]
        assert len({key["kid"] for key in found}) == 2
        for key in found:
            assert set(key) == {"alg", "e", "kid", "kty", "n", "use"}
            assert (key["alg"], key["e"], key["kty"], key["use"]) == (
                "RS256",
                "AQAB",
                "RSA",
                "sig",
            )
            assert len(key["kid"]) == 44


def test_configuration(server: Server) -> None:
    """The issuer is AWS's, the keys are here."""
    answer = server.request("GET", f"/cognito/{NAMES.id}/.well-known/openid-configuration")
    assert answer.document["issuer"] == NAMES.issuer
    jwks = f"{server.url}/cognito/{NAMES.id}/.well-known/jwks.json"
    assert answer.document["jwks_uri"] == jwks


def test_unknown_pool(server: Server) -> None:
    """404 as JSON."""
    for name in ("jwks.json", "openid-configuration"):
        answer = server.request("GET", f"/us-east-1_Nope/.well-known/{name}")
        assert answer.status == 404
        assert "us-east-1_Nope" in answer.document["message"]


def published(directory: Path) -> dict[str, Any]:
    keys = Keys(directory)
    keys.load([NAMES.id])
    pair = keys.of(NAMES.id)
    assert pair is not None
    return pair.document()


def test_keys_survive_a_restart(data_dir: Path) -> None:
    """Read again, they are the same; the files are the owner's alone."""
    directory = data_dir / "keys"
    first, second = (published(directory) for _ in range(2))
    assert first == second
    for path in directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_new_keys(tmp_path: Path) -> None:
    """Made where there are none, two different ones."""
    first, second = published(tmp_path / "new")["keys"]
    assert first["kid"] != second["kid"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        f"{NAMES.id}.access.pem",
        f"{NAMES.id}.id.pem",
    ]
