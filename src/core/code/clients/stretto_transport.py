"""How messages travel between a Python kernel and the host: over two descriptors, or as files in a folder.

Both transports have `messages()`, a generator of (message, None) or (None, what was wrong), which ends when the other side
has closed; `write(text)`, which takes one message as JSON and never blocks; and `close()`, which sends what was written and
tells the other side.
"""

import os
import queue
import re
import stat
import threading
import time
from json import loads as _loads

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_MAX_HEADER_BYTES = 4096
_CLOSE_SECONDS = 1.0
_CONTENT_LENGTH = re.compile(rb"^content-length: *(\d{1,15}) *$", re.IGNORECASE | re.MULTILINE)

# The spool: see src/core/rpc/spoolTransport.ts, which is the other side.
_SHORTEST_POLL = 0.001
_LONGEST_POLL = 0.1
_GAP_SECONDS = 5.0
# A script may put anything into the folder: neither a link nor a pipe is followed.
_SAFELY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_BATCH_MESSAGES = 256
_BATCH_BYTES = 1024 * 1024


class _Outbox:
    """Sends what is put, in order, on a thread of its own: no signal in a script cuts a message in half."""

    def __init__(self, send, close):
        self._queue = queue.SimpleQueue()
        self._send = send
        self._close = close
        self._thread = threading.Thread(target=self._run, name="stretto-write", daemon=True)
        self._thread.start()

    def put(self, text):
        self._queue.put(text)

    def close(self):
        self._queue.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(_CLOSE_SECONDS)

    def _run(self):
        try:
            for texts in self._batches():
                self._send(texts)
        except OSError:
            pass  # The other side has gone; the reading side finds that out and says so.
        finally:
            self._close()

    def _batches(self):
        """What waits, together; it ends with the None that closes."""
        while True:
            batch = [self._queue.get()]
            size = 0
            while batch[-1] is not None and not self._queue.empty():
                size += len(batch[-1])
                if size > _BATCH_BYTES or len(batch) == _BATCH_MESSAGES:
                    break
                batch.append(self._queue.get())
            texts = [text for text in batch if text is not None]
            if texts:
                yield texts
            if batch[-1] is None:
                return


class Stream:
    """Content-Length frames over two descriptors, such as 3 and 4. Owns them."""

    def __init__(self, read_descriptor, write_descriptor):
        self._input = read_descriptor
        self._output = write_descriptor
        for descriptor in (read_descriptor, write_descriptor):
            os.set_inheritable(descriptor, False)
        self._outbox = _Outbox(self._send, lambda: os.close(write_descriptor))
        self.write = self._outbox.put
        self.close = self._outbox.close

    def messages(self):
        data = bytearray()
        needed = 0
        while True:
            try:
                piece = os.read(self._input, 262144)
            except OSError:
                return
            if not piece:
                return
            data += piece
            while len(data) >= needed:
                header = data.find(b"\r\n\r\n")
                if header < 0:
                    if len(data) > _MAX_HEADER_BYTES:
                        yield None, "this is no frame with a Content-Length: %r" % bytes(data[:200])
                        return
                    break
                found = _CONTENT_LENGTH.search(data[:header])
                if found is None or int(found.group(1)) > MAX_MESSAGE_BYTES:
                    yield None, "this is no frame with a Content-Length that is allowed: %r" % bytes(data[:200])
                    return
                needed = header + 4 + int(found.group(1))
                if len(data) < needed:
                    break
                body = bytes(data[header + 4 : needed])
                del data[:needed]
                needed = 0
                yield _parsed(body)

    def _send(self, texts):
        bodies = [text.encode() for text in texts]
        data = memoryview(b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies))
        while data:
            data = data[os.write(self._output, data) :]


class Spool:
    """Files in a folder that the host made: it reads `to-host` and writes `to-kernel`, and removes the folder at the end.

    A file holds a JSON array of messages, is written whole under a name with a leading dot and renamed, and is named
    RUN.PROCESS-THREAD-RANDOM.NUMBER.json: RUN is the folder's own name, NUMBER counts the files of one writer from 1.
    """

    def __init__(self, folder):
        self._run = os.path.basename(os.path.normpath(folder))
        self._inbox = os.path.join(folder, "to-kernel")
        self._target = os.path.join(folder, "to-host")
        self._name = re.compile(re.escape(self._run) + r"\.([\w-]+)\.(\d{12})\.json")
        self._wake = threading.Event()
        self._closed = False
        self._expected = {}
        self._gaps = {}
        self._aside = set()
        self._count = 0
        self._writer = "%d-%d-%s" % (os.getpid(), threading.get_ident(), os.urandom(6).hex())
        self._outbox = _Outbox(self._send, self._stop)
        self.close = self._outbox.close

    def write(self, text):
        self._outbox.put(text)
        self._wake.set()

    def messages(self):
        delay = _SHORTEST_POLL
        while not self._closed:
            heard = False
            try:
                names = sorted(name for name in os.listdir(self._inbox) if not name.startswith("."))
            except OSError:
                return
            for name in names:
                for message, fault in self._take(name):
                    heard = True
                    yield message, fault
            if heard or self._wake.wait(delay):
                self._wake.clear()
                delay = _SHORTEST_POLL
            else:
                delay = min(delay * 2, _LONGEST_POLL)

    def _take(self, name):
        """What the file brings, if it is its turn: a list of (message, fault)."""
        if name in self._aside:
            return []
        found = self._name.fullmatch(name)
        if found is None:
            return self._set_aside(name, "it is not of this connection")
        writer, number = found.group(1), int(found.group(2))
        expected = self._expected.get(writer, 1)
        faults = []
        if number > expected:
            if time.monotonic() - self._gaps.setdefault(writer, time.monotonic()) < _GAP_SECONDS:
                return []
            faults = [(None, "messages %d to %d of %s never came" % (expected, number - 1, writer))]
        self._gaps.pop(writer, None)
        self._expected[writer] = max(expected, number + 1)
        path = os.path.join(self._inbox, name)
        try:
            content = _content(path)
            batch = _loads(content.decode()) if number >= expected else []
            if not isinstance(batch, list):
                raise ValueError("it is no array")
        except (OSError, ValueError, RecursionError) as error:
            return faults + self._set_aside(name, str(error))
        os.unlink(path)
        return faults + [(message, None) for message in batch]

    def _set_aside(self, name, reason):
        self._aside.add(name)
        try:
            aside = os.path.join(self._inbox, ".aside")
            os.makedirs(aside, exist_ok=True)
            os.rename(os.path.join(self._inbox, name), os.path.join(aside, name))
        except OSError as error:
            reason = "%s; it stays where it is (%s)" % (reason, error)
        return [(None, "%s was set aside: %s" % (name, reason))]

    def _send(self, texts):
        self._count += 1
        name = "%s.%s.%012d.json" % (self._run, self._writer, self._count)
        temporary = os.path.join(self._target, "." + name)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("[" + ",".join(texts) + "]")
        os.rename(temporary, os.path.join(self._target, name))

    def _stop(self):
        self._closed = True
        self._wake.set()


def _content(path):
    descriptor = os.open(path, _SAFELY)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no file")
        if status.st_size > 2 * MAX_MESSAGE_BYTES:
            raise ValueError("it has %d bytes" % status.st_size)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _parsed(body):
    try:
        return _loads(body.decode()), None
    except (ValueError, RecursionError) as error:
        return None, "a message that cannot be used (%s): %.200r" % (error, body)
