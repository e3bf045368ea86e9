"""Runs the suite of the together client against a conforming mock: suite.py PATH/TO/tierlab FOLDER

FOLDER holds the suite, as the client's source package has it. Any test that fails, fails the whole.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
from mock import serve
from served import NOT_SERVED

NOBODY_ANSWERS = (404, 405)


def main(binary, folder):
    here = Path(__file__).parent
    with serve(binary, "--profile", "conformance") as told:
        base = told["TOGETHER_BASE_URL"].removesuffix("/v1")
        key = {"Authorization": f"Bearer {told['TOGETHER_API_KEY']}"}
        for route in sorted(NOT_SERVED):
            method, path = route.split(" ")
            status = httpx.request(method, base + path, headers=key).status_code
            assert status in NOBODY_ANSWERS, f"{route} is served, and is listed as if it were not"
            print(f"not served: {route}")
        command = [sys.executable, "-m", "pytest", "-p", "served", "--quiet", "tests/api_resources"]
        paths = {"TEST_API_BASE_URL": base, "PYTHONPATH": str(here)}
        done = subprocess.run(
            command, cwd=folder, env=os.environ | paths, stdout=subprocess.PIPE, text=True
        )
    lines = done.stdout.splitlines()
    if done.returncode != 0:
        sys.exit("\n".join(lines))
    print(f"the suite of together: {lines[-1]}")


main(*sys.argv[1:])
