"""What a script may leave behind in its kernel: what is put back, and what cannot be, so that the kernel is replaced.

Put back: the working directory, the environment, sys.path and the like, the attributes of modules, warnings, the umask,
timers. Not put back: modules that are new, classes of the standard library that were changed, threads, child processes,
descriptors, signal handlers, limits, the locale, much memory.
"""

import atexit
import builtins
import gc
import os
import random
import signal
import sys
import threading
import warnings
import weakref

# What scripts use most: loaded before the first, so that to import it leaves nothing behind.
import argparse, ast, asyncio, base64, bisect, calendar, collections.abc, concurrent.futures.thread, contextlib  # noqa
import copy, csv, dataclasses, datetime, decimal, difflib, enum, fnmatch, fractions, functools, getpass, glob, gzip  # noqa
import hashlib, heapq, hmac, html, importlib, inspect, io, itertools, json, linecache, locale, logging, math  # noqa
import mimetypes, operator, os.path, pathlib, pickle, platform, pprint, queue, re, secrets, select, selectors  # noqa
import shlex, shutil, socket, stat, statistics, string, struct, subprocess, tempfile, textwrap, time, timeit  # noqa
import traceback, types, typing, unicodedata, urllib.parse, urllib.request, uuid, zipfile, zlib, _strptime  # noqa
import encodings.ascii, encodings.idna, encodings.latin_1, encodings.utf_8_sig  # noqa

try:
    import resource
except ImportError:
    resource = None

_HEAP_TYPE = 1 << 9
_MOST_MEMORY = 256 * 1024 * 1024
_HIGH_DESCRIPTOR = 200
_POSIX = os.name == "posix"


def private_copy(descriptor):
    """The same open file under a high number, out of the way of scripts that close what they do not know."""
    if not _POSIX:
        return os.dup(descriptor)
    import fcntl

    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH_DESCRIPTOR)
    if descriptor > 2:
        os.close(descriptor)
    return copy


def has_children(before=None):
    """Whether processes were started since `before`, which is what this gives without it."""
    if sys.platform != "linux" or resource is None:
        return True
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    waited = (usage.ru_minflt, usage.ru_utime, usage.ru_stime)
    return waited if before is None else waited != before or bool(_children())


def _children():
    """Live ones, and those that nobody has waited for."""
    found = []
    try:
        for task in os.listdir("/proc/self/task"):
            with open("/proc/self/task/%s/children" % task) as file:
                found += file.read().split()
    except OSError:
        pass
    return found


def _end_threads():
    """Waits for threads as Python does at its end: idle executors end, daemons go on."""
    pools = sys.modules.get("concurrent.futures.thread")
    if getattr(pools, "_threads_queues", None):
        pools._python_exit()
        pools._shutdown = False
    current = threading.current_thread()
    for thread in threading.enumerate():
        if thread is not current and not thread.daemon:
            thread.join()


class State:
    """As it is before the first script."""

    def __init__(self):
        asyncio.run(asyncio.sleep(0))
        weakref.finalize(self, int).detach()
        self._exit_functions = atexit._ncallbacks()
        self._folder = os.getcwd()
        self._environ = os.environ
        self._environment = dict(os.environ)
        self._modules = dict(sys.modules)
        self._builtins = dict(vars(builtins))
        self._attributes = [(vars(module), dict(vars(module))) for module in self._plain_modules()]
        self._classes = [(one, dict(vars(one))) for one in self._own_classes()]
        self._lists = [(one, list(one)) for one in self._changing_lists()]
        self._threads = set(threading.enumerate())
        self._umask = _umask()
        self._kernel = self._of_kernel()
        gc.collect()
        gc.freeze()

    def end(self):
        """Ends the script as Python ends a program: waits for threads, calls what is to be called at the exit."""
        vars(builtins).update(self._builtins)
        _end_threads()
        if atexit._ncallbacks() > self._exit_functions:
            atexit._run_exitfuncs()

    def put_back(self):
        """Gives words for what cannot be put back; none when all is as it was."""
        self._put_back_process()
        left = []
        new = [name for name in sys.modules if name not in self._modules]
        if new:
            left.append("modules (%s)" % ", ".join(new[:5]))
        _put_back(sys.modules, self._modules)
        self.put_back_modules()
        gc.enable()
        gc.collect()
        changed = [one.__qualname__ for one, before in self._classes if _differ(vars(one), before)]
        if changed:
            left.append("changed classes (%s)" % ", ".join(changed[:5]))
        if set(threading.enumerate()) - self._threads:
            left.append("threads")
        if _children():
            left.append("processes")
        if self._of_kernel() != self._kernel:
            left.append("descriptors, signals, limits or the locale")
        if atexit._ncallbacks() != self._exit_functions:
            left.append("exit functions")
        if _memory() > _MOST_MEMORY:
            left.append("much memory")
        return left

    def _put_back_process(self):
        if _POSIX:
            signal.setitimer(signal.ITIMER_REAL, 0)
        os.umask(self._umask)
        os.chdir(self._folder)
        if dict(self._environ) != self._environment:
            _put_back(self._environ, self._environment)
        sys.settrace(None)
        sys.setprofile(None)
        random.seed()

    def put_back_modules(self):
        """What the script put in the place of functions that the kernel itself uses."""
        for now, before in self._attributes:
            if _differ(now, before):
                _put_back(now, before)
        for one, before in self._lists:
            one[:] = before
        logging.root.setLevel(logging.WARNING)
        logging.root.manager.disable = 0
        warnings._filters_mutated() if hasattr(warnings, "_filters_mutated") else None

    def _plain_modules(self):
        return [one for name, one in self._modules.items() if name != "__main__" and type(one) is types.ModuleType]

    def _own_classes(self):
        seen = set()
        for module in self._plain_modules():
            for value in list(vars(module).values()):
                if isinstance(value, type) and value.__flags__ & _HEAP_TYPE and value not in seen:
                    seen.add(value)
                    yield value

    def _changing_lists(self):
        yield from (sys.path, sys.meta_path, sys.path_hooks, warnings.filters)
        yield from (logging.root.handlers, logging.root.filters)

    def _of_kernel(self):
        """What only the operating system or C code knows."""
        facts = [sys.getrecursionlimit(), sys.getswitchinterval(), locale.setlocale(locale.LC_ALL)]
        facts.append(set(logging.root.manager.loggerDict))
        if _POSIX:
            facts.append([signal.getsignal(number) for number in signal.valid_signals()])
            facts.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
            facts.append(os.getpriority(os.PRIO_PROCESS, 0))
            facts.append(sorted(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")))
        if resource is not None:
            facts.append([resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name[:7] == "RLIMIT_"])
        return facts


def _differ(now, before):
    if len(now) != len(before):
        return True
    for name, value in before.items():
        if name not in now or now[name] is not value:
            return True
    return False


def _put_back(now, before):
    """Never empty in between: the kernel's own threads run meanwhile."""
    for name in [name for name in now if name not in before]:
        del now[name]
    for name, value in before.items():
        if name not in now or now[name] is not value:
            now[name] = value


def _umask():
    current = os.umask(0o077)
    os.umask(current)
    return current


def _memory():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
