"""A kernel for Python scripts: runs one at a time, on the main thread, which a signal can interrupt.

    python3 kernel.py            speaks with the host over the descriptors 3 (in) and 4 (out)
    python3 kernel.py FOLDER     over a spool

A script has a `__main__` of its own. It ends as a program does: its threads are waited for, daemons are not. After it the
kernel puts back what can be put back (see `kernel_state`), and says in `check` whether it is as it was.
"""

import sys

if sys.version_info < (3, 8):
    sys.exit("Python %d.%d is too old: Stretto needs 3.8 or newer." % sys.version_info[:2])

_writes_bytecode = sys.dont_write_bytecode
sys.dont_write_bytecode = True

import contextvars
import gc
import io
import linecache
import os
import queue
import signal
import threading
import traceback
import types

from kernel_state import State, has_children, private_copy
from stretto import Connection, bind
from stretto_transport import Spool, Stream

_SCRIPT = "<script>"
_POSIX = os.name == "posix"


class Kernel:
    def __init__(self, make_transport):
        self._tasks = queue.SimpleQueue()
        self._main = threading.get_ident()
        self._process = os.getpid()
        self._interruptible = False
        self._standard = [private_copy(descriptor) for descriptor in range(3)]
        # Where both outputs are one, a script's end is marked once.
        both = os.path.sameopenfile(*self._standard[1:])
        self._outputs = self._standard[1:2] if both else self._standard[1:]
        signal.signal(signal.SIGINT, self._on_signal)
        handlers = {
            "run": self._tasks.put,
            "check": self._tasks.put,
            "ping": lambda request: request.reply({}),
            "shutdown": lambda _: self._tasks.put(None),
        }
        self._connection = Connection(make_transport(), handlers)
        threading.Thread(target=self._end_with_host, name="stretto-end", daemon=True).start()
        self._state = State()

    def serve(self):
        while True:
            request = self._tasks.get()
            if request is None:
                os._exit(0)
            if request.method == "run":
                self._answer(request)
            else:
                left = self._state.put_back()
                request.reply({"clean": not left, "left": ", ".join(left)})
            request = None

    def _answer(self, request):
        params = request.params
        processes = has_children()
        request.on_cancel = lambda: self._interrupt(request)
        error = None
        try:
            error = self._run(request, params)
        except KeyboardInterrupt:
            pass
        finally:
            self._interruptible = False
        self._flush()
        self._state.put_back_modules()
        linecache.cache.pop(_SCRIPT, None)
        mark = ("\0%s\n" % params["script"]).encode()
        for descriptor in self._outputs:
            _write(descriptor, mark)
        if request.cancelled:
            return request.fail("cancelled", "The script was ended.", -32800)
        answer = {"ok": True} if error is None else {"ok": False, "error": error}
        request.reply(dict(answer, processes=has_children(processes)))

    def _run(self, request, params):
        """Gives the traceback of what the script did not catch."""
        error = self._prepare(params)
        if error is not None:
            return error
        module = types.ModuleType("__main__")
        module.__dict__["__builtins__"] = sys.modules["builtins"]
        sys.modules["__main__"] = module
        linecache.cache[_SCRIPT] = (len(params["code"]), None, params["code"].splitlines(True), _SCRIPT)
        try:
            self._interruptible = True
            if request.cancelled:
                return None
            contextvars.Context().run(_execute, params["code"], module.__dict__)
            return self._ended(None, None)
        except SystemExit as end:
            return self._ended(end.code, _exit_text(end.code))
        except BaseException as error:
            return self._ended(1, _traceback(error))
        finally:
            try:
                self._state.end()
            finally:
                self._interruptible = False
                module.__dict__.clear()

    def _ended(self, code, error):
        """In a process that the script forked, this is its end."""
        if os.getpid() == self._process:
            return error
        self._flush()
        if error is not None and not isinstance(code, int) or code == 1:
            _write(2, (error + "\n").encode())
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)

    def _prepare(self, params):
        for descriptor, private in enumerate(self._standard):
            os.dup2(private, descriptor)
        try:
            os.chdir(params["cwd"])
        except OSError as error:
            return "The script's folder cannot be used: %s" % error
        os.environ.update(params.get("environment") or {})
        sys.argv = ["-c"]
        sys.path.insert(0, "")
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
        sys.stdout = sys.__stdout__ = _Output(1)
        sys.stderr = sys.__stderr__ = _Output(2)
        bind(self._connection, params["script"])
        return None

    def _flush(self):
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            try:
                stream.flush()
            except Exception:
                pass  # The script closed or replaced it: what it wanted with its output is done.

    def _interrupt(self, request):
        if not self._interruptible:
            return
        if _POSIX:
            signal.pthread_kill(self._main, signal.SIGINT)
        else:
            import _thread

            _thread.interrupt_main()

    def _on_signal(self, number, frame):
        if self._interruptible:
            raise KeyboardInterrupt

    def _end_with_host(self):
        """Without a host there is nobody to work for; what scripts started goes along."""
        self._connection.closed.wait()
        if _POSIX and os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(0)


class _Output(io.TextIOWrapper):
    """Prints come at once, without a line's end too."""

    def __init__(self, descriptor):
        raw = io.FileIO(descriptor, "w", closefd=False)
        super().__init__(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", write_through=True)

    def write(self, text):
        count = super().write(text)
        self.flush()
        return count


def _execute(code, scope):
    exec(compile(code, _SCRIPT, "exec", dont_inherit=True), scope)


def _exit_text(code):
    if code is None or code == 0:
        return None
    return "The script exited with code %d." % code if isinstance(code, int) else str(code)


def _traceback(error):
    """As Python prints it, from the script's own first line on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code.co_filename != _SCRIPT:
        trace = None
    try:
        text = "".join(traceback.format_exception(type(error), error, trace))
    except Exception as fault:
        text = "%s (its traceback cannot be shown: %r)\n" % (type(error).__name__, fault)
    traceback.clear_frames(error.__traceback__)
    return text.rstrip("\n")


def _write(descriptor, data):
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        pass  # Nobody reads it any more; the host waits for the mark for a bounded time.


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else None
    # Scripts find what lies in their own folder, and nothing of the kernel's but `stretto`.
    del sys.path[0]
    sys.dont_write_bytecode = _writes_bytecode
    gc.collect()
    gc.freeze()
    Kernel(lambda: Stream(private_copy(3), private_copy(4)) if folder is None else Spool(folder)).serve()


main()
