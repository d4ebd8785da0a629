"""Zip files and inline text become folders, once for each content."""

import os
from pathlib import Path

import pytest

from emulator.errors import UsageError
from emulator.runtime.code import store as store_module
from emulator.runtime.code.store import CodeStore
from tests.emulator.runtime.code.zips import declared, zip_file
from tests.fakes import FakeEntropy


@pytest.fixture
def store(tmp_path: Path) -> CodeStore:
    """An empty store."""
    return CodeStore(tmp_path / "code", FakeEntropy())


def test_a_folder_is_run_where_it_is(store: CodeStore, tmp_path: Path) -> None:
    """Nothing is copied."""
    (tmp_path / "handlers").mkdir()
    function = declared(tmp_path / "handlers", layers=(tmp_path,))
    assert store.unpacked(function) == function
    assert not (tmp_path / "code").exists()


def test_a_zip_file_is_unpacked_once_for_each_content(store: CodeStore, tmp_path: Path) -> None:
    """Two files with the same content share a folder; another content has another one."""
    first = zip_file(tmp_path / "a.zip", {"module.py": "one"})
    (tmp_path / "b.zip").write_bytes(first.read_bytes())
    one = store.unpacked(declared(first)).code
    assert (one / "module.py").read_text() == "one"
    assert store.unpacked(declared(tmp_path / "b.zip")).code == one
    zip_file(first, {"module.py": "two"})
    two = store.unpacked(declared(first)).code
    assert (two / "module.py").read_text() == "two"
    assert (one / "module.py").read_text() == "one"
    store.keep_only([two])
    assert list((tmp_path / "code").iterdir()) == [two]


def test_layers_are_unpacked_too(store: CodeStore, tmp_path: Path) -> None:
    """Their order stays."""
    layers = [zip_file(tmp_path / f"{name}.zip", {"python/m.py": name}) for name in ("a", "b")]
    function = store.unpacked(declared(tmp_path, layers=tuple(layers)))
    assert [(layer / "python/m.py").read_text() for layer in function.layers] == ["a", "b"]


def test_inline_text(store: CodeStore) -> None:
    """It stands in the file that the template's runtime calls for."""
    function = store.unpacked(declared(Path("index.js"), inline="exports.handler = 'ü'"))
    assert [file.name for file in function.code.iterdir()] == ["index.js"]
    assert (function.code / "index.js").read_text(encoding="utf-8") == "exports.handler = 'ü'"
    assert function.inline is None
    folders = {store.unpacked(declared(Path("index.py"), inline=text)).code for text in "ab"}
    assert len(folders | {function.code}) == 3


def test_what_does_not_fit_is_refused(store: CodeStore, tmp_path: Path) -> None:
    """One sentence: the function, the file, the reason, the way out; and nothing is kept."""
    path = zip_file(tmp_path / "f.zip", {"fast.cpython-39-x86_64-linux-gnu.so": ""})
    with pytest.raises(UsageError) as caught:
        store.unpacked(declared(path))
    sentence = str(caught.value)
    assert sentence.startswith(f"Function: {path} cannot run on this machine (Python 3.")
    assert "pip install --only-binary=:all: --python-version 3." in sentence
    assert not list((tmp_path / "code").iterdir())


def test_a_file_that_cannot_be_read(store: CodeStore, tmp_path: Path) -> None:
    """The function is named here too."""
    (tmp_path / "f.zip").write_text("no zip file")
    with pytest.raises(UsageError, match=r"^Function: .*f\.zip is no zip file"):
        store.unpacked(declared(tmp_path / "f.zip"))


class _Builder(FakeEntropy):
    """Makes the file anew while the store is at work on it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def bytes(self, count: int) -> bytes:
        zip_file(self._file.with_suffix(".new"), {"module.py": "new"}).rename(self._file)
        return super().bytes(count)


def test_a_file_that_is_replaced_meanwhile(tmp_path: Path) -> None:
    """What was unpacked is not kept under the hash of something else."""
    path = zip_file(tmp_path / "f.zip", {"module.py": "old"})
    with pytest.raises(UsageError, match="was changed while it was unpacked"):
        CodeStore(tmp_path / "code", _Builder(path)).unpacked(declared(path))
    assert not list((tmp_path / "code").iterdir())


def test_lambda_s_limit_of_size(store: CodeStore, tmp_path: Path) -> None:
    """Package and layers count together, unzipped; what is too large is not even unpacked."""
    zeros = bytes(130 * 1024 * 1024)
    code, layer = (zip_file(tmp_path / f"{name}.zip", {"data": zeros}) for name in ("f", "l"))
    with pytest.raises(UsageError, match=r"maximum allowed size of 262144000 bytes.*272629760"):
        store.unpacked(declared(code, layers=(layer,)))
    assert not (tmp_path / "code").exists()
    assert store.unpacked(declared(code)).code.is_dir()


def test_a_zip_file_that_lambda_takes_from_s3_only(
    store: CodeStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """That is told; it can be deployed all the same."""
    monkeypatch.setattr(store_module, "MOST_UPLOADED", 1000)
    path = zip_file(tmp_path / "f.zip", {"data": os.urandom(2000)})
    assert store.unpacked(declared(path)).code.is_dir()
    assert f"{path} exceeds 50 MB" in caplog.text
