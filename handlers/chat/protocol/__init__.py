"""The wire protocol as types; docs/protocol.md is made from them.

Requests are told apart by `action`, entries of a log by `k`, pushes by `t`. Unknown fields are
ignored.
"""
