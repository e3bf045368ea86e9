"""Tries released Python clients against `tierlab serve`: python try.py PATH/TO/tierlab

Each client chats, reads a stream to its end, lists the models, and raises its own error where a
limit refuses, with the headers the service would have sent. What chance decides is not looked at.
"""

import os
import subprocess
import sys
from contextlib import contextmanager
from importlib.metadata import version

MODEL = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
# Ten requests a minute on every tier: one in a window of six seconds.
SLOW_MODEL = "meta-llama/Llama-Vision-Free"
QUESTION = [{"role": "user", "content": "What is the sea like today?"}]
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


def chats(client):
    answer = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=7)
    assert answer.object == "chat.completion", answer
    assert answer.usage.prompt_tokens == 7, answer.usage
    assert answer.usage.completion_tokens <= 7, answer.usage
    words = answer.choices[0].message.content.split()
    assert len(words) == answer.usage.completion_tokens, answer
    assert answer.choices[0].finish_reason in ("stop", "length"), answer


def streams(client):
    chunks = list(
        client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=7, stream=True)
    )
    *tokens, last = chunks
    assert last.choices[0].finish_reason in ("stop", "length"), last
    assert last.usage.completion_tokens == len(tokens), last
    assert all(chunk.choices[0].delta.content for chunk in tokens), chunks


def is_refused(client, library):
    client.chat.completions.create(model=SLOW_MODEL, messages=QUESTION, max_tokens=1)
    for stream in (False, True):
        try:
            client.chat.completions.create(model=SLOW_MODEL, messages=QUESTION, stream=stream)
        except library.RateLimitError as error:
            seen = error.response.headers
            assert error.response.status_code == 429
            assert seen["x-ratelimit"] == "true", seen
            assert seen["x-ratelimit-limit"] == "0.1666666667", seen
            assert seen["x-ratelimit-remaining"] == "0", seen
            assert seen["retry-after"] == seen["x-ratelimit-reset"], seen
            assert 0 <= int(seen["retry-after"]) <= 6, seen
            assert seen["x-tierlab-decided-by"] == "model", seen
            assert error.response.json()["error"]["type"] == "model_rate_limit", error
        else:
            raise AssertionError(f"{library.__name__} was not refused")


def is_unknown(client, library):
    for model, expected in (("nobody/nothing", library.NotFoundError), (5, library.BadRequestError)):
        try:
            client.chat.completions.create(model=model, messages=QUESTION)
        except expected as error:
            assert "retry-after" not in error.response.headers
        else:
            raise AssertionError(f"{library.__name__}: no {expected.__name__}")
    try:
        client.with_options(api_key="another").chat.completions.create(
            model=MODEL, messages=QUESTION
        )
    except library.AuthenticationError as error:
        assert error.response.status_code == 401
    else:
        raise AssertionError(f"{library.__name__}: any key is let in")


def main(binary):
    import openai
    import together

    for library, make in ((together, together.Together), (openai, openai.OpenAI)):
        with serve(binary, "--tier", "build-1", "--strict-keys") as environment:
            os.environ.update(environment)
            client = make(max_retries=0)
            chats(client)
            streams(client)
            is_refused(client, library)
            is_unknown(client, library)
            # The third series lists models of a project only.
            if library is together and version("together").startswith("2."):
                assert MODEL in [model.id for model in client.models.list()]
        name = library.__name__
        print(f"{name} {version(name)}: chats, streams, is refused by its own error")


main(sys.argv[1])
