"""AWS::ApiGatewayV2::Integration and IntegrationResponse."""

from collections.abc import Mapping

from emulator.errors import UsageError
from emulator.template.apis import ApiParts
from emulator.template.model import Backend, Function, Integration, IntegrationResponse
from emulator.template.physical import Physical
from emulator.template.reader import Reader
from emulator.template.references import FUNCTION_IN_URI, function_name, in_template


NO_EFFECT = {"ConnectionType", "CredentialsArn", "Description", "PayloadFormatVersion"}

KINDS = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")


def add_integration(
    parts: ApiParts, reader: Reader, known: Physical, functions: Mapping[str, Function]
) -> None:
    """AWS::ApiGatewayV2::Integration."""
    kind = reader.text("IntegrationType")
    if kind not in KINDS:
        raise UsageError(f"{reader.where}: IntegrationType must be one of {', '.join(KINDS)}.")
    if reader.get("ConnectionType") == "VPC_LINK":
        raise UsageError(f"{reader.where}: ConnectionType VPC_LINK is not supported here.")
    reader.get("ApiId")
    name = f"integrations/{known.ref}"
    method = reader.text("IntegrationMethod", "POST")
    timeout = reader.number("TimeoutInMillis", 29000) / 1000
    if kind == "AWS_PROXY":
        name = function_name(reader, reader.text("IntegrationUri"), functions)
    else:
        parts.backends[known.ref] = Backend(
            kind,
            _target(reader, kind, functions),
            method=method,
            parameters={
                key: str(item) for key, item in reader.section("RequestParameters").items()
            },
            templates=_templates(reader, "RequestTemplates"),
            template_selection=reader.text("TemplateSelectionExpression", "\\$default"),
            passthrough=reader.text("PassthroughBehavior", "WHEN_NO_MATCH"),
        )
    parts.integrations[known.ref] = Integration(name, timeout)
    reader.finish(NO_EFFECT)


def _target(reader: Reader, kind: str, functions: Mapping[str, Function]) -> str:
    if kind == "MOCK":
        reader.get("IntegrationUri")
        return ""
    uri = reader.text("IntegrationUri")
    if kind == "AWS":
        if not FUNCTION_IN_URI.search(uri):
            raise UsageError(
                f"{reader.where}: of the services behind IntegrationType AWS only Lambda is "
                f"supported, not {uri}."
            )
        return function_name(reader, uri, functions)
    if not uri.startswith(("http://", "https://", "${stageVariables.")):
        raise UsageError(f"{reader.where}: the IntegrationUri {uri} must be a URL.")
    return uri


def _templates(reader: Reader, name: str) -> dict[str, str]:
    return {key: str(template) for key, template in reader.section(name).items()}


def add_integration_response(parts: ApiParts, reader: Reader) -> None:
    """AWS::ApiGatewayV2::IntegrationResponse; integrations must be there already."""
    integration = in_template(reader, parts.backends, reader.text("IntegrationId"), "integration")
    key = reader.text("IntegrationResponseKey")
    if key != "$default" and not (key.startswith("/") and key.endswith("/") and len(key) > 1):
        raise UsageError(
            f"{reader.where}: IntegrationResponseKey {key} must be $default or a /pattern/."
        )
    if reader.text("TemplateSelectionExpression", "\\$default") != "\\$default":
        raise UsageError(
            f"{reader.where}: of the TemplateSelectionExpressions of responses only \\$default is "
            "supported by the emulator."
        )
    template = _templates(reader, "ResponseTemplates").get("$default")
    reader.get("ApiId")
    parts.responses_of.setdefault(integration, []).append(IntegrationResponse(key, template))
    reader.finish()
