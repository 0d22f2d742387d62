"""Times whole processes and their peak memory, and prints a table with ratios.

usage: python3 -I -S measure.py RUNS {--row | --base} NAME FRESH COMMAND… …

FRESH is a folder that is moved away before every run, or `-`. The rows given with --base are those that the
ratios are relative to.

Memory is what the kernel counted as most resident for the process, or for one of its children if
that is more. A process begins as a copy of this interpreter, so what needs less than that, as
`true` does, shows as that. It is kept small by -I and -S and by importing little.
"""

import os
import sys
import time

WARM_UP = 2
# macOS counts memory in bytes, others in KiB.
COUNTED_IN = 1 if sys.platform == "darwin" else 1024


def program_path(name):
    """The search is not to be timed, nor to add to the memory."""
    if "/" in name:
        return name
    found = (os.path.join(folder, name) for folder in os.get_exec_path())
    return next((path for path in found if os.access(path, os.X_OK)), name)


def run(path, command, nothing):
    """Seconds, bytes and exit code of one run; its output is thrown away."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            for stream in range(3):
                os.dup2(nothing, stream)
            os.execv(path, command)
        finally:
            os._exit(127)
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    return seconds, used.ru_maxrss * COUNTED_IN, os.waitstatus_to_exitcode(status)


def samples(runs, name, fresh, *command):
    nothing = os.open(os.devnull, os.O_RDWR)
    path = program_path(command[0])
    taken = []
    for number in range(WARM_UP + runs):
        # Moved and not removed: ext4 is slow to make files where it has just removed others.
        if fresh != "-" and os.path.isdir(fresh):
            os.rename(fresh, f"{fresh}.{number}")
        seconds, size, code = run(path, command, nothing)
        if code != 0:
            sys.exit(f"`{name}` ended with {code}; see what it says: {' '.join(command)}")
        taken.append((seconds, size))
    os.close(nothing)
    return taken[WARM_UP:]


def median(values):
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def parse(arguments):
    """The rows, and the numbers of those that are bases."""
    rows, bases = [], []
    for argument in arguments:
        if argument in ("--row", "--base"):
            if argument == "--base":
                bases.append(len(rows))
            rows.append([])
        else:
            rows[-1].append(argument)
    return rows, bases


def main(runs, *arguments):
    rows, bases = parse(arguments)
    width = max(len(name) for name, *_ in rows)
    for name, _, *command in rows:
        print(f"{name:{width}}  {' '.join(command)}")
    print(f"\nof {runs} runs each, after {WARM_UP} to warm up; ratios are of medians\n", flush=True)

    taken = [samples(int(runs), *row) for row in rows]
    times = [median([seconds for seconds, _ in row]) for row in taken]
    heads = ["median ms", "fastest ms", *(f"× {rows[base][0]}" for base in bases), "peak MiB"]
    print(" " * width + "".join(f"{head:>12}" for head in heads))
    for (name, *_), row, time_taken in zip(rows, taken, times):
        fastest = min(seconds for seconds, _ in row)
        ratios = (time_taken / times[base] for base in bases)
        peak = max(size for _, size in row)
        cells = [time_taken * 1e3, fastest * 1e3, *ratios, peak / 2**20]
        print(f"{name:{width}}" + "".join(f"{cell:>12.1f}" for cell in cells))


if __name__ == "__main__":
    main(*sys.argv[1:])
