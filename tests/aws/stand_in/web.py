"""The HTTP side: moto's dispatcher, with this package's CloudFormation in it."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from . import environment  # noqa: F401  (before moto)

from moto.cloudformation import urls as cloudformation_urls
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from . import world
from .cloudformation_api import CloudFormationApi
from .resources import moto_rules


class _QuietHandler(MotoRequestHandler):
    def log_request(self, *_: Any) -> None:
        """Errors are logged; requests that were answered are not."""


def make(port: int, world_file: str | None) -> BaseWSGIServer:
    moto_rules.install()
    world.install(world_file)
    cloudformation_urls.url_paths = {"{0}/$": CloudFormationApi.dispatch}
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = _one_at_a_time(DomainDispatcherApplication(create_backend_app))
    return make_server("127.0.0.1", port, application, threaded=True, request_handler=_QuietHandler)


def _one_at_a_time(application: Callable) -> Callable:
    """moto's state is not made for concurrent changes; connections may still be concurrent."""
    lock = threading.Lock()

    def locked(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        with lock:
            return application(environ, start_response)

    return locked
