"""Tries what is built on other clients against `tierlab serve`: python frameworks.py PATH/TO/tierlab

litellm calls the service by its provider `together_ai`, langchain-together by openai's client. Each
chats, reads a stream to its end, embeds where it can, and raises its own errors.
"""

import os
import sys
from importlib.metadata import version

from mock import CHAT, DIMENSION, DOCUMENTS, EMBEDS, QUESTION, RANKS, SLOW, TOO_MANY, raises, serve


def litellm_works(environment):
    import litellm

    litellm.suppress_debug_info = True
    # Counting tokens by itself, it would fetch a tokeniser.
    litellm.disable_hf_tokenizer_download = True
    common = {"api_base": environment["TOGETHER_BASE_URL"], "num_retries": 0, "max_retries": 0}

    def ask(model, key=environment["TOGETHER_API_KEY"], **more):
        return litellm.completion(
            model=f"together_ai/{model}", messages=QUESTION, api_key=key, **common, **more
        )

    answer = ask(CHAT, max_tokens=7)
    assert answer.usage.prompt_tokens == 7 and answer.choices[0].message.content, answer
    chunks = list(ask(CHAT, max_tokens=7, stream=True, stream_options={"include_usage": True}))
    assert [chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason], chunks
    usage = [chunk.usage for chunk in chunks if getattr(chunk, "usage", None)]
    assert usage and usage[-1].prompt_tokens == 7, chunks
    embedded = litellm.embedding(
        model=f"together_ai/{EMBEDS}",
        input=["one"],
        api_key=environment["TOGETHER_API_KEY"],
        api_base=environment["TOGETHER_BASE_URL"],
    )
    assert len(embedded.data[0]["embedding"]) == DIMENSION, embedded
    # It reads the recorded type before the status: a wrong key and an unknown model are bad requests.
    for expected, asked in (
        (litellm.BadRequestError, lambda: ask(CHAT, key="another")),
        (litellm.BadRequestError, lambda: ask("nobody/nothing")),
        (litellm.BadRequestError, lambda: ask(CHAT, max_tokens=TOO_MANY)),
    ):
        with raises(expected):
            asked()
    ask(SLOW, max_tokens=1)
    with raises(litellm.RateLimitError):
        ask(SLOW, max_tokens=1)
    print(f"litellm {version('litellm')}: chats, streams, embeds, raises its own errors")


def langchain_works(environment):
    import openai
    from langchain_together import ChatTogether, TogetherEmbeddings

    key, url = environment["TOGETHER_API_KEY"], environment["TOGETHER_BASE_URL"]

    def chat(model, key=key, **more):
        return ChatTogether(model=model, api_key=key, base_url=url, max_retries=0, **more)

    answer = chat(CHAT, max_tokens=7).invoke("What is the sea like today?")
    assert answer.content and answer.usage_metadata["input_tokens"] == 7, answer
    whole = None
    for chunk in chat(CHAT, max_tokens=7).stream("What is the sea like today?"):
        whole = chunk if whole is None else whole + chunk
    assert whole.content and whole.usage_metadata["input_tokens"] == 7, whole
    embeddings = TogetherEmbeddings(model=EMBEDS, api_key=key, base_url=url)
    assert len(embeddings.embed_query("one")) == DIMENSION
    for expected, asked in (
        (openai.AuthenticationError, chat(CHAT, key="another")),
        (openai.NotFoundError, chat("nobody/nothing")),
        (openai.BadRequestError, chat(CHAT, max_tokens=TOO_MANY)),
    ):
        with raises(expected):
            asked.invoke("What is the sea like?")
    slow = chat(SLOW, max_tokens=1)
    slow.invoke("one")
    with raises(openai.RateLimitError):
        slow.invoke("two")
    name = "langchain-together"
    print(f"{name} {version(name)}: chats, streams, embeds, raises openai's errors")


def main(binary):
    for check in (litellm_works, langchain_works):
        with serve(binary, "--tier", "build-1", "--strict-keys") as environment:
            os.environ.update(environment)
            check(environment)


main(sys.argv[1])
