"""Stretto's tools, for Python scripts that Stretto runs (3.8 and newer, standard library alone).

    from stretto import tools, ToolError

    text = tools.read_file(path="src/a.ts")           # blocks; safe to call from many threads
    text = tools.read_file({"path": "src/a.ts"})      # the same
    text = await tools.aio.read_file(path="src/a.ts") # for asyncio; gather as many as you like

Each call returns the result's text. A call that fails raises ToolError, whose `code` and `message` say what to do.
A KeyboardInterrupt in a blocking call, and a cancelled coroutine, cancel the call.
"""

import concurrent.futures
import os
import threading
from itertools import count as _count
from json import dumps as _dumps

from stretto_transport import MAX_MESSAGE_BYTES

__all__ = ["ToolError", "tools"]

_LOOK_SECONDS = 0.25
_CANCELLED = -32800
_FAILED = -32000
_NO_METHOD = -32601


class ToolError(Exception):
    """A call that failed. `code` is a word such as "not_found"; `message` says what to do next."""

    def __init__(self, code, message):
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self):
        return "%s: %s" % (self.code, self.message)


class Request:
    """What the host asks. Answer it once, from any thread; `on_cancel` is called when the host takes it back."""

    def __init__(self, connection, identity, method, params):
        self.method = method
        self.params = params
        self.cancelled = False
        self.on_cancel = None
        self._connection = connection
        self._identity = identity

    def reply(self, result):
        self._connection._answer(self._identity, {"result": result})

    def fail(self, code, message, number=_FAILED):
        error = {"code": number, "message": message, "data": {"code": code}}
        self._connection._answer(self._identity, {"error": error})

    def _cancel(self):
        self.cancelled = True
        if self.on_cancel is not None:
            self.on_cancel()


class Connection:
    """One JSON-RPC connection. One thread reads and one writes, so that no signal in a script cuts a message in half.

    What threads share is changed by single operations of the interpreter: a signal could leave a lock held.

    `handlers` maps the methods that the host may ask or notify to functions of one Request (of the parameters, for a
    notification). They run on the reading thread and must not block.
    """

    def __init__(self, transport, handlers=None):
        self._transport = transport
        self._handlers = handlers or {}
        self._ids = _count(1)
        self._pending = {}
        self._serving = {}
        self._open = True
        self._closing = threading.Lock()
        self._process = os.getpid()
        self.closed = threading.Event()
        self._reader = threading.Thread(target=self._read, name="stretto-read", daemon=True)
        self._reader.start()

    def request(self, method, params, future, name=None):
        """Asks the host, whose whole answer the future gets. To cancel the future is to take the request back.

        `name` is what the parameters were given to, for the error that says that they are not JSON.
        """
        if os.getpid() != self._process:
            raise ToolError("forked", "Tools work in the script's own process, not in one that it forked.")
        identity = next(self._ids)
        text = _encode(name or method, {"id": identity, "method": method, "params": params})
        self._pending[identity] = future
        if not self._open:
            self._pending.pop(identity, None)
            raise _closed()
        future.add_done_callback(lambda future: self._take_back(identity, future))
        self._transport.write(text)

    def notify(self, method, params):
        self._transport.write(_encode(method, {"method": method, "params": params}))

    def fault(self, message):
        """Tells the host what went wrong and has no asker."""
        self.notify("fault", {"message": message})

    def close(self):
        """Closes it, once: what is open fails with the code "closed"."""
        if not self._closing.acquire(blocking=False):
            return
        self._open = False
        self._transport.close()
        for identity in list(self._pending):
            future = self._pending.pop(identity, None)
            if future is not None:
                _settle(future, None)
        for request in list(self._serving.values()):
            request._cancel()
        self.closed.set()

    def _take_back(self, identity, future):
        if future.cancelled():
            self.notify("$/cancelRequest", {"id": identity})

    def _answer(self, identity, answer):
        if self._serving.pop(identity, None) is None:
            return
        self._transport.write(_encode("an answer", dict(answer, id=identity)))

    def _read(self):
        try:
            for message, fault in self._transport.messages():
                if fault is not None:
                    self.fault(fault)
                    continue
                try:
                    self._dispatch(message)
                except Exception as error:
                    self.fault("a message that cannot be used (%r): %.200r" % (error, message))
        finally:
            self.close()

    def _dispatch(self, message):
        if not isinstance(message, dict):
            raise ValueError("it is no object")
        if "method" not in message:
            return self._settle(message)
        method, params, identity = message["method"], message.get("params"), message.get("id")
        if method == "$/cancelRequest":
            request = self._serving.get(params["id"])
            if request is not None:
                request._cancel()
            return None
        handler = self._handlers.get(method)
        if identity is None:
            return handler(params) if handler else self.fault("there is no notification %s" % method)
        request = Request(self, identity, method, params)
        self._serving[identity] = request
        if handler is None:
            return request.fail("unknown_method", "there is no method %s" % method, _NO_METHOD)
        try:
            handler(request)
        except Exception as error:
            request.fail("internal", repr(error))

    def _settle(self, answer):
        future = self._pending.pop(answer.get("id"), None)
        if future is None:
            raise ValueError("an answer to no request")
        if "result" not in answer and not isinstance(answer.get("error"), dict):
            answer = {"error": {"code": _FAILED, "message": "The host's answer has neither a result nor an error."}}
        _settle(future, answer)


class Tools:
    """The tools of one script: each attribute is a tool."""

    def __init__(self, connection, script):
        self._connection = connection
        self._script = script

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        def tool(*arguments, **named):
            future = concurrent.futures.Future()
            try:
                self._call(future, name, arguments, named)
                return _text(_answer_of(future))
            except BaseException:
                future.cancel()  # Takes back what was interrupted, wherever it was; does nothing to what is done.
                raise

        return tool

    @property
    def aio(self):
        """The same tools for asyncio: each is a coroutine function."""
        return _AsyncTools(self)

    def _call(self, future, name, arguments, named):
        if len(arguments) > 1 or not all(isinstance(one, dict) for one in arguments):
            raise ToolError("invalid_input", "Give %s its arguments by name, or as one dict." % name)
        params = {"script": self._script, "name": name, "input": dict(*arguments, **named)}
        self._connection.request("call", params, future, name)


class _AsyncTools:
    def __init__(self, tools):
        self._tools = tools

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        async def tool(*arguments, **named):
            import asyncio

            future = concurrent.futures.Future()
            self._tools._call(future, name, arguments, named)
            return _text(await asyncio.wrap_future(future))

        return tool


def bind(connection, script):
    """Makes `tools` those of this script, for every import from now on."""
    global tools
    tools = Tools(connection, script)
    return tools


def __getattr__(name):
    if name == "tools":
        raise RuntimeError("stretto.tools is there in scripts that Stretto runs, and nowhere else.")
    raise AttributeError(name)


def _answer_of(future):
    """A signal that comes just before the main thread begins to wait does not wake it: so it looks now and then."""
    while True:
        try:
            return future.result(_LOOK_SECONDS)
        except concurrent.futures.TimeoutError:
            continue


def _text(answer):
    """The text of an answer to `call`. A large one is in a file, which is removed when it is read."""
    if answer is None:
        raise _closed()
    error = answer.get("error")
    if error is not None:
        code = (error.get("data") or {}).get("code")
        raise ToolError(code or ("cancelled" if error.get("code") == _CANCELLED else "internal"), error.get("message"))
    result = answer["result"]
    if "file" not in result:
        return result["text"]
    with open(result["file"], encoding="utf-8", newline="") as file:
        text = file.read()
    os.unlink(result["file"])
    return text


def _encode(name, message):
    message["jsonrpc"] = "2.0"
    try:
        text = _dumps(message, allow_nan=False, separators=(",", ":"), default=_path)
    except (TypeError, ValueError, RecursionError) as error:
        raise ToolError("invalid_input", "What was given to %s is not JSON: %s." % (name, error)) from None
    if len(text) > MAX_MESSAGE_BYTES:
        raise ToolError("too_large", "What was given to %s is over %d bytes." % (name, MAX_MESSAGE_BYTES))
    return text


def _path(value):
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError("a %s is none of dict, list, str, int, float, bool and None" % type(value).__name__)


def _settle(future, answer):
    try:
        future.set_result(answer)
    except concurrent.futures.InvalidStateError:
        _discard(answer)  # It was cancelled, and nobody waits any more.


def _discard(answer):
    result = (answer or {}).get("result")
    if isinstance(result, dict) and "file" in result:
        os.unlink(result["file"])


def _closed():
    return ToolError("closed", "The connection closed before the answer came. Whether it was done is not known.")
