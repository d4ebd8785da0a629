"""API Gateway WebSocket APIs: from the upgrade to `$disconnect`, and `@connections`."""
