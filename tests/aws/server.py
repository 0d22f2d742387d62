"""Plays AWS on a loopback port, for tests that deploy templates with real clients.

    python server.py --world world.json

Once it listens it prints one line, "listening on http://127.0.0.1:PORT". Point
clients at that address with AWS_ENDPOINT_URL and any credentials.
POST /moto-api/reset brings back the state the server started with.
"""

import argparse
import contextlib
import os
import sys
import threading


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    arguments.add_argument("--world", metavar="FILE", help="JSON: what exists beforehand")
    arguments.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="stop with the process that holds the other end of stdin",
    )
    options = arguments.parse_args()

    # moto uses boto3 itself: nobody's profile or region may change what is played.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    from stand_in import web  # moto reads the environment when it is imported

    server = web.make(options.port, options.world)
    if options.until_stdin_closes:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    print(f"listening on http://127.0.0.1:{server.port}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


def _stop_at_end_of_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    # Not server.shutdown(): a request that hangs must not keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
