"""What AWS's services do, a numbered statement each, with its test: the published conformance.

A suite is a file of statements (`websocket.toml`) and a folder of tests (`websocket/`). A test
names its statement: `test_017_…`, or with a letter in front where a suite has one, `test_c01_…`.
`python -m tests.conformance` runs all suites and writes `docs/conformance.md` from what came out.
"""
