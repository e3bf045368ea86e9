"""Tries released Python clients against `tierlab serve`: python try.py PATH/TO/tierlab

Each client chats, reads a stream to its end, lists the models, and raises its own error where a
limit refuses, with the headers the service would have sent; and its own errors where an account is
blocked, a model is gated, or capacity lacks. What chance decides is not looked at.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version

MODEL = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
# Ten requests a minute on every tier: one in a window of six seconds.
SLOW_MODEL = "meta-llama/Llama-Vision-Free"
# Tier 2 and above.
GATED_MODEL = "black-forest-labs/FLUX.1.1-pro"
# A service of the edition, its account and what happens to it.
SCENARIO = """
title = "For a client"
edition = "{edition}"
account = {{ {account} }}
[[group]]
name = "chat"
model = "{model}"
prompt = 1
answer = 1
traffic = {{ steady = {{ rate = "1/s", lasts = "1h" }} }}
[[event]]
at = "0s"
{event} = {{ lasts = "59m" }}
"""
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


def is_gated(client, library):
    try:
        client.chat.completions.create(model=GATED_MODEL, messages=QUESTION)
    except library.PermissionDeniedError as error:
        assert error.response.status_code == 403
        assert error.response.headers["x-tierlab-decided-by"] == "gate", error
    else:
        raise AssertionError(f"{library.__name__} has access")


def has_to_pay(client, library):
    try:
        client.chat.completions.create(model=MODEL, messages=QUESTION)
    except library.APIStatusError as error:
        assert error.response.status_code == 402, error
        assert error.response.json()["error"]["type"] == "credit_limit", error
    else:
        raise AssertionError(f"{library.__name__} need not pay")


def lacks_capacity(client, library):
    """At once, in an outage: up to the dynamic rate they fail, above it they are refused."""

    def ask(_):
        try:
            client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=7)
        except library.InternalServerError as error:
            assert error.response.status_code == 503, error
            assert not [name for name in error.response.headers if "ratelimit" in name], error
            return "failed"
        except library.RateLimitError as error:
            assert int(error.response.headers["x-ratelimit-reset"]) <= 2, error.response.headers
            assert "retry-after" not in error.response.headers
            kind = error.response.json()["error"]["type"]
            assert kind == "dynamic_request_limited", error
            return "refused"
        return "served"

    with ThreadPoolExecutor(12) as pool:
        came = list(pool.map(ask, range(12)))
    assert set(came) == {"failed", "refused"}, came


@contextmanager
def happening(binary, edition, account, event):
    """A mock to which something happens at once and for as long as it runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "happening.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SCENARIO.format(edition=edition, account=account, event=event, model=MODEL))
        with serve(binary, "--scenario", path) as environment:
            yield environment


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
            is_gated(client, library)
        for check, happens in (
            (has_to_pay, ("2025-11", 'tier = "build-1"', "blocked")),
            (lacks_capacity, ("2026-08", 'past_hour = "0/min"', "outage")),
        ):
            with happening(binary, *happens) as environment:
                os.environ.update(environment)
                check(make(max_retries=0), library)
        name = library.__name__
        print(f"{name} {version(name)}: chats, streams, raises its own errors")


main(sys.argv[1])
