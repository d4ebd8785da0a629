"""Statements about API Gateway WebSocket APIs: see `websocket.toml`."""
