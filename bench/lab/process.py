"""Runs processes and measures their time and memory."""

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass

from lab.errors import Wrong


@dataclass
class Usage:
    wall: float  # seconds, from the start to the exit
    cpu: float  # seconds, user and system, of the process and its children
    peak: int  # bytes, peak resident set
    output: str


def run(words, shell_input=None, env=None, cwd=None):
    """Runs a program to its end. Raises Wrong if the exit code is not 0. The peak is never below that of this interpreter (some
    15 MiB), because the kernel counts the memory before exec too."""
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        process = subprocess.Popen(words, stdin=shell_input or subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd,
                                   env={**os.environ, **(env or {})})
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise Wrong(f"exit code {process.returncode} of: {' '.join(words)}\n{text.strip()}")
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss << 10, text)
