"""`tierlab serve` for as long as a check lasts."""

import subprocess
from contextlib import contextmanager

CHAT = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
# Ten requests a minute on every tier: one in a window of six seconds.
SLOW = "meta-llama/Llama-Vision-Free"
EMBEDS = "BAAI/bge-base-en-v1.5"
DIMENSION = 768
RANKS = "Salesforce/Llama-Rank-V1"
PICTURES = "black-forest-labs/FLUX.1-schnell"
QUESTION = [{"role": "user", "content": "What is the sea like today?"}]
DOCUMENTS = ["The sea is calm.", "A gull sang."]
# More than the model can read.
TOO_MANY = 200_000
LINES = 4


@contextmanager
def serve(binary, *flags):
    """A mock of its own on a free port; yields the environment that it prints."""
    command = [binary, "serve", "--listen", "127.0.0.1:0", "--quiet", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as mock:
        try:
            lines = [mock.stdout.readline() for _ in range(LINES)]
            yield dict(line.strip().split("=", 1) for line in lines)
        finally:
            mock.terminate()
        assert mock.wait() == 0, f"serve ended with {mock.returncode}"


def is_picture(data):
    assert data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")), data[:8]


@contextmanager
def raises(expected):
    """Yields a list that holds the error afterwards."""
    caught = []
    try:
        yield caught
    except expected as error:
        caught.append(error)
    else:
        raise AssertionError(f"no {expected.__module__}.{expected.__name__}")
