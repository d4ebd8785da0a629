"""Parsing, parameters and intrinsic functions: text in, plain values out."""

import json
from typing import Any

import pytest

from emulator.errors import UsageError
from emulator.template.parameters import parameter_values
from emulator.template.parse import parse
from emulator.template.physical import Place
from emulator.template.resolve import Resolver


PLACE = Place("stack", "us-east-1", "123456789012")

TEMPLATE = """
Conditions:
  Live: !Equals [!Ref Mode, live]
  Dead: !Not [!Condition Live]
  Both: !And [!Condition Live, !Not [!Condition Dead]]
  Either: !Or [!Condition Dead, !Condition Live]
Mappings:
  Regions:
    us-east-1: {size: 5, name: east}
    0123: {size: 6}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: things}
  Function:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: f}
  A:
    Type: AWS::Test::Thing
    Properties: {B: !Ref B}
  B:
    Type: AWS::Test::Thing
    Properties: {A: !GetAtt A.Arn}
"""

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def resolve(text: str, **parameters: Any) -> Any:
    """The value of a piece of YAML that stands in the template above."""
    document = parse(TEMPLATE + "Metadata:\n  value: " + text)
    resolver = Resolver(document, {"Mode": "live", "List": ["a", "b"], **parameters}, PLACE)
    return resolver.resolve(document["Metadata"]["value"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Mode", "live"),
        ("!Ref List", ["a", "b"]),
        ("!Ref Table", "things"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref AWS::AccountId", "123456789012"),
        ("!Ref AWS::StackName", "stack"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!GetAtt Function.Arn", ARN),
        ("!GetAtt [Function, Arn]", ARN),
        ("{Fn::GetAtt: Function.Arn}", ARN),
        ("{Fn::GetAtt: [Function, Arn]}", ARN),
        ("!Sub '${Mode}-${AWS::Region}-${Table}'", "live-us-east-1-things"),
        ("!Sub '${Function.Arn}:live'", f"{ARN}:live"),
        ("!Sub '${!Mode} $Mode ${ Mode }'", "${Mode} $Mode live"),
        ("!Sub ['${a}-${Mode}', {a: !Ref Table}]", "things-live"),
        ("!Sub ['${Mode}', {Mode: local}]", "local"),
        ("!Sub ['${a}', {a: true}]", "true"),
        ("!Join ['-', [a, !Ref Mode, 1, true]]", "a-live-1-true"),
        ("!Join [',', !Ref List]", "a,b"),
        ("!Join ['', []]", ""),
        ("!Select [1, !Ref List]", "b"),
        ("!Select ['0', [x, y]]", "x"),
        ("!Split [',', 'a,b']", ["a", "b"]),
        ("!Select [1, !Split ['/', !Sub 'x/${Mode}']]", "live"),
        ("!Base64 hi", "aGk="),
        ("!FindInMap [Regions, !Ref AWS::Region, size]", 5),
        ("!FindInMap [Regions, '0123', size]", 6),
        ("!If [Live, a, b]", "a"),
        ("!If [Dead, a, b]", "b"),
        ("!If [Both, !If [Either, x, y], z]", "x"),
        ("{drop: !If [Dead, a, !Ref AWS::NoValue]}", {}),
        ("{keep: 1, drop: !Ref AWS::NoValue}", {"keep": 1}),
        ("[1, !Ref AWS::NoValue, 2]", [1, 2]),
        ("{deep: [{x: !Ref Mode}]}", {"deep": [{"x": "live"}]}),
        ("{Condition: {StringEquals: {a: b}}}", {"Condition": {"StringEquals": {"a": "b"}}}),
        ("!Equals [true, 'true']", True),
        ("!Equals [1, '1']", True),
        ("!Equals [!Ref List, [a, b]]", True),
        ("!Equals [a, A]", False),
        ("2012-10-17", "2012-10-17"),
        ("{NO: 1, on: 2, 0123: 3}", {"NO": 1, "on": 2, "0123": 3}),
    ],
)
def test_intrinsic_functions(text: str, value: Any) -> None:
    """Each function, in short and in long form, comes to what CloudFormation makes of it."""
    assert resolve(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!Ref Nothing", "Ref Nothing"),
        ("!GetAtt Nothing.Arn", "no such resource"),
        ("!GetAtt Function.Color", r"Function\.Color: the emulator does not know"),
        ("!Sub '${Nothing}'", "Ref Nothing"),
        ("!Sub '${Function.Color}'", r"Function\.Color"),
        ("!Sub [a, b, c]", "Fn::Sub"),
        ("!Sub ['${List}', {}]", "text is needed"),
        ("!FindInMap [Nothing, a, b]", "Fn::FindInMap"),
        ("!FindInMap [Regions, nowhere, size]", "Fn::FindInMap"),
        ("!Select [7, !Ref List]", "Fn::Select"),
        ("!Select [x, !Ref List]", "Fn::Select"),
        ("!Split ['', a]", "Fn::Split"),
        ("!If [Unknown, a, b]", "Condition Unknown"),
        ("!If [Live]", "Fn::If"),
        ("!ImportValue x", "Fn::ImportValue is not supported"),
        ("!GetAtt A.Arn", "A -> B -> A"),
        ("!Base64 [a]", "text is needed"),
    ],
)
def test_errors_name_the_place(text: str, message: str) -> None:
    """What cannot be resolved is named in the message."""
    with pytest.raises(UsageError, match=message):
        resolve(text)


def test_json_is_yaml_too() -> None:
    """A template in JSON reads the same."""
    document = {"Resources": {"A": {"Type": "T", "Properties": {"x": {"Ref": "AWS::Region"}}}}}
    assert parse(json.dumps(document, indent=2)) == document


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no Resources"),
        ("- a", "no Resources"),
        ("Resources:", "no Resources"),
        ("Resources: []", "no Resources"),
        ("Resources: {A: {Type: T}, A: {Type: U}}", "the key 'A' stands here twice"),
        ("Resources: {A: [", "not valid YAML"),
        ("Resources: {A: !!python/object:os.system {}}", "not valid YAML"),
        ("Resources: {A: }", "A must be a mapping"),
        ("Resources: {A: {}}", "A has no Type"),
        ("Resources: {A: {Type: T}}\nParameters:", "Parameters must be a mapping"),
        ("Resources: {A: {Type: T}}\nOutputs: [1]", "Outputs must be a mapping"),
        ("Resources: {A: {Type: T}}\nParameters: {P: x}", "P must be a mapping"),
    ],
)
def test_unreadable_templates(text: str, message: str) -> None:
    """One sentence says what is wrong; the line is named where there is one."""
    with pytest.raises(UsageError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("declaration", "given", "value"),
    [
        ({"Default": "a"}, None, "a"),
        ({"Default": "a"}, "b", "b"),
        ({"Default": 5}, None, "5"),
        ({"Default": True}, None, "true"),
        ({"Type": "CommaDelimitedList", "Default": "a, b"}, None, ["a", "b"]),
        ({"Type": "List<Number>"}, "1,2", ["1", "2"]),
        ({"Type": "Number", "MinValue": 1, "MaxValue": 3}, "3", "3"),
        ({"AllowedPattern": "[a-z]+"}, "abc", "abc"),
        ({"AllowedValues": [1, 3]}, "3", "3"),
        ({"AllowedValues": [True]}, "true", "true"),
        ({"MinLength": 2, "MaxLength": 3}, "abc", "abc"),
    ],
)
def test_parameters(declaration: dict[str, Any], given: str | None, value: Any) -> None:
    """A given value beats the default; both must keep to the constraints."""
    assert parameter_values({"P": declaration}, {} if given is None else {"P": given}) == {
        "P": value
    }


@pytest.mark.parametrize(
    ("declaration", "given", "message"),
    [
        ({}, None, "P has no default"),
        ({"Type": "Number"}, "x", "must be a number"),
        ({"Type": "Number", "MinValue": 1}, "0", "at least 1"),
        ({"Type": "Number", "MaxValue": 3}, "3.5", "at most 3"),
        ({"AllowedPattern": "[a-z]+"}, "abc1", r"must match \[a-z\]\+"),
        ({"AllowedValues": ["A", "L"]}, "a", "one of A, L"),
        ({"MinLength": 2}, "a", "at least 2"),
        ({"AllowedPattern": "["}, "a", "P: a constraint cannot be read"),
        ({"AllowedValues": None}, "a", "P: a constraint cannot be read"),
        ({"MinLength": "x"}, "a", "P: a constraint cannot be read"),
        ({"MaxLength": 2}, "abc", "at most 2"),
        ({"AllowedValues": ["A"], "ConstraintDescription": "only A"}, "B", "only A"),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["A"]}, "A,B", "one of A"),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "x"}, None, "not supported"),
    ],
)
def test_parameters_that_break_a_rule(
    declaration: dict[str, Any], given: str | None, message: str
) -> None:
    """The parameter and the rule are named."""
    with pytest.raises(UsageError, match=message):
        parameter_values({"P": declaration}, {} if given is None else {"P": given})


def test_a_parameter_that_does_not_exist() -> None:
    """A name that the template does not have is refused, and those it has are listed."""
    with pytest.raises(UsageError, match="no parameter Q; it has P"):
        parameter_values({"P": {"Default": "a"}}, {"Q": "x"})
