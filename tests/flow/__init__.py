"""The whole flow on real parts: server, engine, runtime, sockets."""
