"""Where the template says that code and layers lie, and what functions may have as variables."""

from pathlib import Path
from typing import Any

import pytest

from emulator.errors import UsageError
from emulator.template.model import Function, Stack
from emulator.template.physical import Place
from emulator.template.stack import build


PLACE = Place("local", "us-east-1", "000000000000")
S3 = {"S3Bucket": "b", "S3Key": "k"}
POWERTOOLS = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3:7"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The template's folder: a folder of code, a zip file, a folder of packages."""
    for folder in ("code", "layer", "packages"):
        (tmp_path / folder).mkdir()
    for file in ("code.zip", "layer.zip", "packages/Function.zip", "packages/shared.zip"):
        (tmp_path / file).touch()
    return tmp_path


def asset(path: str, prop: str) -> dict[str, str]:
    """Metadata as the CDK writes it."""
    return {"aws:asset:path": path, "aws:asset:property": prop}


def stack(base: Path, packages: Path | None = None, **resources: Any) -> Stack:
    """A stack of these resources; the type of each is the first part of its name."""
    document = {
        "Resources": {
            name: {"Type": f"AWS::Lambda::{'LayerVersion' if 'Layer' in name else 'Function'}"}
            | content
            for name, content in resources.items()
        }
        | {"Role": {"Type": "AWS::IAM::Role"}}
    }
    return build(document, PLACE, {}, base, packages)


def function(base: Path, packages: Path | None = None, **properties: Any) -> Function:
    """A stack's only function, of these properties."""
    (made,) = stack(base, packages, Function=declaration(**properties)).functions.values()
    return made


def declaration(**properties: Any) -> dict[str, Any]:
    """A function; `Metadata` among the properties is the resource's."""
    metadata = properties.pop("Metadata", {})
    defaults = {
        "FunctionName": "f",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Runtime": "python3.13",
        "Code": S3,
    }
    return {"Metadata": metadata, "Properties": defaults | properties}


@pytest.mark.parametrize("path", ["code", "code.zip"])
def test_folders_and_zip_files(base: Path, path: str) -> None:
    """By asset metadata, or as `aws cloudformation package` takes them."""
    assert function(base, Metadata=asset(path, "Code")).code == base / path
    assert function(base, Code=path).code == base / path
    assert function(base, Code=str(base / path)).code == base / path


def test_inline_text(base: Path) -> None:
    """The text is the function's, and so is the name of the file that AWS gives it."""
    made = function(base, Code={"ZipFile": "def handler(e, c): ..."})
    assert made.inline == "def handler(e, c): ..."
    assert made.code == Path("index.py")


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({}, r"Function \(AWS::Lambda::Function\): where its source code lies is not said"),
        ({"Code": "s3://bucket/key"}, "aws:asset:path.*--packages"),
        ({"Code": ""}, "aws:asset:path"),
        ({"Metadata": asset("code", "Content")}, "aws:asset:path"),
        ({"Code": "absent"}, r"its code /.*absent does not exist"),
        ({"Code": {"ImageUri": "i"}, "PackageType": "Image"}, "container images cannot be run"),
        ({"Code": {"ZipFile": ["x"]}}, "ZipFile must be source text"),
        ({"Code": {"ZipFile": "x"}, "Runtime": "java21"}, "Python and Node.js only, not of java21"),
    ],
)
def test_code_that_cannot_be_found(base: Path, properties: Any, message: str) -> None:
    """The sentence names the resource and the way out."""
    with pytest.raises(UsageError, match=message):
        function(base, **properties)


def test_layers_of_the_template(base: Path) -> None:
    """A function has the contents of the layers that it refers to, in its order."""
    made = stack(
        base,
        ZipLayer={"Properties": {"LayerName": "shared", "Content": "layer.zip"}},
        FolderLayer={"Metadata": asset("layer", "Content"), "Properties": {"Content": S3}},
        Function=declaration(Code="code", Layers=[{"Ref": "FolderLayer"}, {"Ref": "ZipLayer"}]),
    )
    assert made.functions["f"].layers == (base / "layer", base / "layer.zip")
    assert made.warnings == ()


def test_a_layer_s_arn(base: Path) -> None:
    """Ref gives it with a version, as on AWS."""
    arn = "arn:aws:lambda:us-east-1:000000000000:layer:shared:1"
    layer = {"Properties": {"LayerName": "shared", "Content": "layer"}}
    variables = {"A1": {"Ref": "Layer"}, "A2": {"Fn::GetAtt": "Layer.LayerVersionArn"}}
    made = stack(
        base,
        Layer=layer,
        Function=declaration(Code="code", Environment={"Variables": variables}),
    )
    assert made.functions["f"].environment == {"A1": arn, "A2": arn}


def test_a_layer_of_another_account(base: Path) -> None:
    """It is left out, and the person is told what to do."""
    made = stack(base, Function=declaration(Code="code", Layers=[POWERTOOLS]))
    assert made.functions["f"].layers == ()
    (warning,) = made.warnings
    assert POWERTOOLS in warning
    assert "requirements.txt" in warning
    made = stack(base, base / "packages", Function=declaration(Layers=[POWERTOOLS]))
    (warning,) = made.warnings
    assert f"{base / 'packages'} as AWSLambdaPowertoolsPythonV3.zip" in warning
    (base / "packages" / "AWSLambdaPowertoolsPythonV3.zip").touch()
    made = stack(base, base / "packages", Function=declaration(Layers=[POWERTOOLS]))
    assert [layer.name for layer in made.functions["f"].layers] == [
        "AWSLambdaPowertoolsPythonV3.zip"
    ]
    assert made.warnings == ()


def test_five_layers_at_most(base: Path) -> None:
    """A sixth is refused, as on AWS."""
    layers = [f"arn:aws:lambda:us-east-1:1:layer:l{number}:1" for number in range(6)]
    assert function(base, Code="code", Layers=layers[:5]).layers == ()
    with pytest.raises(UsageError, match="6 layers; Lambda takes 5"):
        function(base, Code="code", Layers=layers)


def test_packages_take_the_place_of_code(base: Path) -> None:
    """By logical id or by name; what the template names need not even be there."""
    made = stack(
        base,
        base / "packages",
        Layer={"Properties": {"LayerName": "shared", "Content": "absent"}},
        Function=declaration(Metadata=asset("code", "Code"), Layers=[{"Ref": "Layer"}]),
        Inline=declaration(FunctionName="inline", Code={"ZipFile": "text"}),
    )
    assert made.functions["f"].code == base / "packages" / "Function.zip"
    assert made.functions["f"].layers == (base / "packages" / "shared.zip",)
    assert made.functions["inline"].inline == "text"


def test_a_package_that_is_missing(base: Path) -> None:
    """Both names that it may have are told."""
    with pytest.raises(UsageError, match=r"Other .*packages/Other\.zip is missing.* f\.zip"):
        stack(base, base / "packages", Other=declaration())


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"AWS_REGION": "x", "_HANDLER": "y"}, "cannot: AWS_REGION, _HANDLER"),
        ({"LAMBDA_TASK_ROOT": "x"}, "Lambda sets these environment variables itself"),
        ({"A": "x"}, "can be named 'A'"),
        ({"1A": "x"}, "can be named '1A'"),
        ({"A-B": "x"}, "can be named 'A-B'"),
        ({"_A": "x"}, "can be named '_A'"),
        ({"LARGE": "x" * 4085}, "exceed the 4KB limit: they are 4097 bytes"),
        ({"LARGE": "ü" * 2043}, "4KB"),
    ],
)
def test_variables_that_lambda_refuses(base: Path, variables: Any, message: str) -> None:
    """Reserved names, names of another form, more than 4 KB; values are not told."""
    with pytest.raises(UsageError, match=message) as caught:
        function(base, Code="code", Environment={"Variables": variables})
    assert "xxx" not in str(caught.value)


def test_variables_that_lambda_takes(base: Path) -> None:
    """As many bytes as are allowed; names that only look reserved."""
    for value in ("x" * 4084, "ü" * 2042):
        environment = {"Variables": {"LARGE": value}}
        assert function(base, Code="code", Environment=environment).environment
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/x", "PATH": "/x", "TZ": "UTC", "a1": "x"}
    made = function(base, Code="code", Environment={"Variables": variables})
    assert made.environment == variables
