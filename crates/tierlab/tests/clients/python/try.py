"""Tries released Python clients against `tierlab serve`: python try.py PATH/TO/tierlab

Each client lists the models, chats, reads a stream to its end, embeds, re-ranks, makes a picture,
uploads a file and finishes a batch, as far as it has words for that; and raises its own error where
a limit refuses, with the headers the service would have sent, for a wrong key, an unknown model, a
context that overflows, an account that is blocked, a model that is gated, and where capacity lacks.
What chance decides is not looked at.
"""

import base64
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from mock import (
    CHAT,
    DIMENSION,
    DOCUMENTS,
    EMBEDS,
    PICTURES,
    QUESTION,
    RANKS,
    SLOW,
    TOO_MANY,
    is_picture,
    raises,
    serve,
)

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
def chats(client):
    answer = client.chat.completions.create(model=CHAT, messages=QUESTION, max_tokens=7)
    assert answer.object == "chat.completion", answer
    assert answer.usage.prompt_tokens == 7, answer.usage
    assert answer.usage.completion_tokens <= 7, answer.usage
    words = answer.choices[0].message.content.split()
    assert len(words) == answer.usage.completion_tokens, answer
    assert answer.choices[0].finish_reason in ("stop", "length"), answer


def streams(client):
    chunks = list(
        client.chat.completions.create(model=CHAT, messages=QUESTION, max_tokens=7, stream=True)
    )
    *tokens, last = chunks
    assert last.choices[0].finish_reason in ("stop", "length"), last
    assert last.usage.completion_tokens == len(tokens), last
    assert all(chunk.choices[0].delta.content for chunk in tokens), chunks


def lists(client, library):
    """Together's list is a bare array, which not every client expects."""
    if library.__name__ == "openai":
        # It wants an object around the list and fails on what it finds, as with the service.
        with raises(AttributeError):
            list(client.models.list())
        return
    # The third series lists models of a project only.
    if version("together").startswith("2."):
        assert CHAT in [model.id for model in client.models.list()]


def embeds(client):
    embedded = client.embeddings.create(model=EMBEDS, input=["one", "one", "two"])
    vectors = [one.embedding for one in embedded.data]
    assert [len(vector) for vector in vectors] == [DIMENSION] * 3, embedded
    assert vectors[0] == vectors[1] != vectors[2]


def makes_a_picture(client, library):
    own = library.__name__ == "together"
    wanted = {"width": 64, "height": 64} if own else {"size": "64x64"}
    form = "base64" if own else "b64_json"
    made = client.images.generate(
        model=PICTURES, prompt="a boat", response_format=form, **wanted
    )
    is_picture(base64.b64decode(made.data[0].b64_json))


def ranks(client):
    ranked = client.rerank.create(model=RANKS, query="the sea", documents=DOCUMENTS, top_n=1)
    assert len(ranked.results) == 1 and ranked.results[0].index in (0, 1), ranked


def finishes_a_batch(client):
    def line(name):
        body = {"model": CHAT, "messages": QUESTION, "max_tokens": 5}
        return json.dumps({"custom_id": name, "body": body}) + "\n"

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.jsonl"
        path.write_text(line("one") + line("two"), encoding="utf-8")
        file = client.files.upload(file=path, purpose="batch-api", check=False)
    created = client.batches.create(endpoint="/v1/chat/completions", input_file_id=file.id)
    job, turns = created.job, 0
    while job.status not in ("COMPLETED", "FAILED") and turns < 300:
        time.sleep(0.1)
        job, turns = client.batches.retrieve(job.id), turns + 1
    assert job.status == "COMPLETED", job
    output = client.files.content(job.output_file_id).read().decode()
    lines = [json.loads(text) for text in output.splitlines()]
    assert sorted(one["custom_id"] for one in lines) == ["one", "two"], output
    assert all(one["response"]["status_code"] == 200 for one in lines), output


def overflows(client, library):
    with raises(library.BadRequestError) as caught:
        client.chat.completions.create(model=CHAT, messages=QUESTION, max_tokens=TOO_MANY)
    assert caught[0].response.json()["error"]["type"] == "invalid_request_error", caught


def is_refused(client, library):
    client.chat.completions.create(model=SLOW, messages=QUESTION, max_tokens=1)
    for stream in (False, True):
        try:
            client.chat.completions.create(model=SLOW, messages=QUESTION, stream=stream)
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
            model=CHAT, messages=QUESTION
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
        client.chat.completions.create(model=CHAT, messages=QUESTION)
    except library.APIStatusError as error:
        assert error.response.status_code == 402, error
        assert error.response.json()["error"]["type"] == "credit_limit", error
    else:
        raise AssertionError(f"{library.__name__} need not pay")


def lacks_capacity(client, library):
    """At once, in an outage: up to the dynamic rate they fail, above it they are refused."""

    def ask(_):
        try:
            client.chat.completions.create(model=CHAT, messages=QUESTION, max_tokens=7)
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
            file.write(SCENARIO.format(edition=edition, account=account, event=event, model=CHAT))
        with serve(binary, "--scenario", path) as environment:
            yield environment


def main(binary):
    import openai
    import together

    for library, make in ((together, together.Together), (openai, openai.OpenAI)):
        with serve(binary, "--tier", "build-1", "--strict-keys") as environment:
            os.environ.update(environment)
            client = make(max_retries=0)
            lists(client, library)
            chats(client)
            streams(client)
            embeds(client)
            makes_a_picture(client, library)
            # The others ask at addresses that Together does not have.
            if library is together:
                ranks(client)
                finishes_a_batch(client)
            overflows(client, library)
            is_refused(client, library)
            is_unknown(client, library)
            is_gated(client, library)
        for check, happens in (
            (has_to_pay, ("2025-11", 'tier = "build-1"', "blocked")),
            (lacks_capacity, ("2026-08", 'past_hour = "0/min"', "outage")),
        ):
            with happening(binary, *happens) as environment:
                os.environ.update(environment)
                check(make(max_retries=0), library)
        name = library.__name__
        also = "re-ranks, finishes a batch, " if library is together else ""
        print(
            f"{name} {version(name)} (Python): chats, streams, embeds, makes a picture, {also}"
            "raises its own errors"
        )


main(sys.argv[1])
