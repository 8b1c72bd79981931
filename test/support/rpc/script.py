"""Runs one script as a kernel does: python3 script.py stream|SPOOL CODE, with the clients' folder in PYTHONPATH."""

import sys

import stretto
import stretto_transport

way, code = sys.argv[1:]
transport = stretto_transport.Stream(3, 4) if way == "stream" else stretto_transport.Spool(way)
connection = stretto.Connection(transport)
stretto.bind(connection, "script")
try:
    exec(compile(code, "script", "exec"), {"__name__": "__main__"})
finally:
    connection.close()
