"""A plugin of pytest: a test that would call what the mock does not serve is skipped, and says so."""

from pathlib import Path

import httpx
import pytest

LISTED = Path(__file__).with_name("not-served.txt").read_text(encoding="utf-8").splitlines()
NOT_SERVED = frozenset(line for line in LISTED if line and not line.startswith("#"))

send, send_async = httpx.Client.send, httpx.AsyncClient.send
# Whether the test at hand brings answers of its own, and calls nobody.
answers_itself = False


def skip_unserved(request):
    route = f"{request.method} {request.url.path}"
    if route in NOT_SERVED and not answers_itself:
        pytest.skip(f"not served: {route}")


def checked(client, request, **options):
    skip_unserved(request)
    return send(client, request, **options)


async def checked_async(client, request, **options):
    skip_unserved(request)
    return await send_async(client, request, **options)


def pytest_configure():
    httpx.Client.send, httpx.AsyncClient.send = checked, checked_async


def pytest_runtest_setup(item):
    global answers_itself
    answers_itself = "respx_mock" in item.fixturenames
