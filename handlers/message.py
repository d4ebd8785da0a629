"""`$default`: every frame a client sends. One-way: all answers are posted to the socket."""

from chat import aws, service
from chat.headers import Event


CHAT = aws.RUNNER.run(aws.chat())
GATEWAYS = aws.Gateways()


async def serve(event: Event) -> None:
    """Serve one frame."""
    await service.serve(CHAT, GATEWAYS.of(event), event)


def handler(event: Event, _context: object) -> dict[str, int]:
    """Serve one frame; a one-way route sends nothing of the result to the client."""
    aws.RUNNER.run(serve(event))
    return {"statusCode": 200}
