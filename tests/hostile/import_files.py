"""Files of all formats that are hard to import, each as a function of its size."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from threadkeep.tests.hostile.import_writers import WRITERS, Said, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class File(NamedTuple):
    """A file: the format that reads it, the name of its shape, and its content of about a number of bytes."""

    format: str
    shape: str
    content: Callable[[int], bytes]

    def __str__(self) -> str:
        return f"{self.format}: {self.shape}"


def chain(count: int, text: str = "x") -> list[Said]:
    """Messages that follow each other."""
    return [
        Said(f"m{n}", f"m{n - 1}" if n else None, "assistant" if n % 2 else "user", text, 1_700_000_000 + n)
        for n in range(count)
    ]


def star(count: int) -> list[Said]:
    """One message, and answers to it."""
    return [Said("m0", None, "user", "x", 1), *(Said(f"m{n}", "m0", "assistant", "x", n) for n in range(1, count))]


def comb(count: int) -> list[Said]:
    """A long path of empty messages, at whose end the branches begin."""
    half = count // 2
    leaf = f"m{half - 1}"
    return [one._replace(text="") for one in chain(half)] + [
        Said(f"b{n}", leaf, "assistant", "x", n) for n in range(half)
    ]


def circle(count: int) -> list[Said]:
    """Messages that follow each other in a circle."""
    return [one._replace(parent=f"m{count - 1}") if one.parent is None else one for one in chain(count)]


def same(count: int) -> list[Said]:
    """Messages with one id, of which a format that keeps its messages by id has one."""
    return [one._replace(id="m", parent=None) for one in chain(count)]


def lost(count: int) -> list[Said]:
    """Messages whose parents are missing."""
    return [one._replace(parent=f"lost{one.id}") for one in chain(count)]


def nameless(count: int) -> list[Said]:
    """Messages that follow each other, one of which has an empty id."""
    return [
        one._replace(id="" if one.id == "m1" else one.id, parent="" if one.parent == "m1" else one.parent)
        for one in chain(count)
    ]


TREES = {
    "a long chain": chain,
    "a star": star,
    "a comb": comb,
    "a circle": circle,
    "one id": same,
    "no parents": lost,
    "an empty id": nameless,
}
TEXTS = {
    "details": '<details type="reasoning">',
    "openings": '<details type="tool_calls" ',
    "summaries": "<summary>",
    "backticks": "`",
    "quotes": '"',
    "equals": 'a="',
    "letters": "a",
    "backslashes": "\\",
    "spaces": " ",
    "digits": "1",
    "lines": "\n> ",
    "entities": "&lt;",
    "brackets": "[",
    "braces": "{",
    "objects": "[{}],",
    "surrogates": "\ud800",
    "controls": "\0",
    "astral": "\U0001f600",
}


def _many(writer: Writer, tree: Callable[[int], list[Said]], size: int) -> bytes:
    each = max(1, (len(writer([("c", chain(100))])) - len(writer([("c", chain(1))]))) // 99)
    return writer([("c", tree(max(4, size // each)))])


def _tiny(writer: Writer, size: int) -> bytes:
    each = max(1, (len(writer([(f"c{n}", chain(1)) for n in range(100)])) - len(writer([("c", chain(1))]))) // 99)
    return writer([(f"c{n}", chain(1)) for n in range(max(2, size // each))])


def _text(writer: Writer, piece: str, size: int) -> bytes:
    end = '</details><details type="reasoning"' if piece.startswith("<") else ""
    return writer([("c", [*chain(2, ""), Said("t", "m1", "assistant", piece * (size // len(piece)) + end, 9)])])


def _long_ids(writer: Writer, size: int) -> bytes:
    name = "k" * (size // 2)
    return writer([(name, chain(size // 400)), ("c", [Said(name, None, "user", "x", 1), *chain(size // 400)])])


def _each_shape(name: str, writer: Writer) -> Iterator[File]:
    for shape, tree in TREES.items():
        yield File(name, shape, partial(_many, writer, tree))
    yield File(name, "tiny conversations", partial(_tiny, writer))
    yield File(name, "long ids", partial(_long_ids, writer))
    for shape, piece in TEXTS.items():
        yield File(name, f"a text of {shape}", partial(_text, writer, piece))


def repeated(template: str, size: int) -> bytes:
    """A file of lines. `@` stands for a number."""
    return "\n".join(template.replace("@", str(n)) for n in range(size // len(template))).encode()


def within(before: str, piece: str, after: str, size: int) -> bytes:
    """A list of pieces between two texts. `@` stands for a number, and `#` for a text of a quarter of the size."""
    count = max(2, (size // 2 if "#" in before else size) // (len(piece) + 1))
    begin = before.replace("#", "k" * (size // 2))
    return (begin + ",".join(piece.replace("@", str(n)) for n in range(count)) + after).encode()


def _tools(size: int) -> bytes:
    """A chain of outputs, in which each one looks for the call above."""
    nodes: dict[str, Any] = {"r": {"id": "r", "parent": None}}
    for n in range(size // 110):
        parent = f"m{n - 1}" if n else "r"
        said = {"author": {"role": "tool"}, "content": {"parts": ["x"]}}
        nodes[f"m{n}"] = {"parent": parent, "message": said}
    return json.dumps({"mapping": nodes, "conversation_id": "c", "current_node": [*nodes][-1]}).encode()


_STEP = (
    '{"object":"thread.run.step","id":"s@","thread_id":"t","run_id":"r@","created_at":9@,'
    '"step_details":{"tool_calls":[{"id":"c@","type":"function","function":{"name":"f","arguments":"{}"}}]}}'
)
_MESSAGE = '{"object":"thread.message","id":"m@","thread_id":"t","role":"user","content":"x","created_at":5@}'
_RESULT = (
    '{"sessionId":"s","type":"user","uuid":"r@","parentUuid":"c@","message":'
    '{"content":[{"type":"tool_result","tool_use_id":"t@","content":"x"}]}}'
)
_USE = (
    '{"sessionId":"s","type":"assistant","uuid":"c@","parentUuid":"c0","message":'
    '{"content":[{"type":"tool_use","id":"t@","name":"f","input":{}}]}}'
)


def _beside(size: int) -> bytes:
    """Parallel calls on one path, whose results stand beside it."""
    count = size // (len(_USE) + len(_RESULT))
    calls = [json.loads(_USE.replace("@", str(n))) | {"parentUuid": f"c{n - 1}" if n else None} for n in range(count)]
    results = [json.loads(_RESULT.replace("@", str(n))) | {"parentUuid": "c0"} for n in reversed(range(count))]
    last = {"sessionId": "s", "type": "user", "uuid": "z", "parentUuid": f"c{count - 1}", "message": {"content": "x"}}
    return "\n".join(map(json.dumps, [*results, *calls, last])).encode()


def _steps_behind(size: int) -> bytes:
    count = size // (len(_STEP) + len(_MESSAGE))
    lines = [line.replace("@", str(n)) for line in (_MESSAGE, _STEP) for n in range(count)]
    return "\n".join(lines).encode()


_CLAUDE = '{"uuid":"c","name":"n","chat_messages":[{"uuid":"m","sender":"assistant","text":"","content":['
_ROWS = '{"messages":[{"role":"user","content":"x"},'
_LANGCHAIN = '{"SessionId":"s","History":"{\\"type\\":\\"human\\",\\"data\\":{\\"content\\":\\"x\\"}}"}'
_STATE = '{"thread_id":"t@","created_at":"2026","values":{"messages":[{"type":"human","content":"x"}]}}'
_WEBUI = '{"id":"c","chat":{"history":{"messages":{"a":{"role":"user","content":"x","files":['
_CHATGPT = '{"conversation_id":"c","mapping":{"a":{"parent":null,"message":{"author":{"role":"user"},"content":'

SPECIAL = [
    File("chatgpt", "outputs of outputs", _tools),
    File("chatgpt", "parts", lambda size: within(_CHATGPT + '{"parts":[', '"x"', "]}}}}}", size)),
    File(
        "chatgpt",
        "pointers of a long kind",
        lambda size: within(
            _CHATGPT + '{"parts":[{"content_type":"#","frames_asset_pointers":[', '"a://b"', "]}]}}}}}", size
        ),
    ),
    File("chatgpt", "damaged values", lambda size: within('[{"mapping":{},"conversation_id":"c"},', "{x}", "]", size)),
    File("chatgpt", "damaged lines", lambda size: b'{"mapping":{},"conversation_id":"c"}\n' + b"{x\n" * (size // 3)),
    File("claude-ai", "parts", lambda size: within(_CLAUDE, '{"type":"text","text":"x"}', "]}]}", size)),
    File("claude-ai", "calls", lambda size: within(_CLAUDE, '{"type":"tool_use","name":"f@"}', "]}]}", size)),
    File(
        "claude-ai",
        "results of other calls",
        lambda size: within(
            _CLAUDE + ",".join(f'{{"type":"tool_use","id":"t{n}","name":"f"}}' for n in range(size // 80)) + ",",
            '{"type":"tool_result","name":"g"}',
            "]}]}",
            size // 2,
        ),
    ),
    File(
        "claude-ai",
        "parts of a long id",
        lambda size: within(
            '{"uuid":"c","chat_messages":[{"uuid":"#","sender":"assistant","content":[', '{"type":"y"}', "]}]}", size
        ),
    ),
    File(
        "chat-rows",
        "calls without results",
        lambda size: within(
            _ROWS, '{"role":"assistant","tool_calls":[{"id":"c@","function":{"name":"f"}}]}', "]}", size
        ),
    ),
    File(
        "chat-rows",
        "calls, then results",
        lambda size: within(
            _ROWS
            + ",".join(f'{{"role":"assistant","tool_calls":[{{"id":"c{n}"}}]}}' for n in range(size // 120))
            + ",",
            '{"role":"tool","content":"y"}',
            "]}",
            size // 2,
        ),
    ),
    File("openai-assistants", "runs without an answer", _steps_behind),
    File(
        "openai-assistants",
        "lists below a long key",
        lambda size: within(
            '{"' + "k" * 400 + '":[',
            '{"object":"thread.message","role":"user","content":"x"}',
            "]}",
            size,
        ),
    ),
    File("claude-code", "results beside the path", _beside),
    File("langgraph", "states of many threads", lambda size: repeated(_STATE, size)),
    File("langchain", "messages of one session", lambda size: repeated(_LANGCHAIN, size)),
    File(
        "langchain",
        "JSON in a text",
        lambda size: ('{"SessionId":"s","History":"[' + "[]," * (size // 3) + '[]]"}\n' + _LANGCHAIN).encode(),
    ),
    File(
        "llama-index",
        "messages below a long key",
        lambda size: within('{"store":{"#":[', '{"role":"user","content":"x"}', "]}}", size),
    ),
    File(
        "open-webui",
        "files and images",
        lambda size: within(_WEBUI, '{"type":"image","url":"data:@"},{"type":"file","url":"u@"}', "]}}}}}", size),
    ),
    File("threadkeep", "damaged lines", lambda size: b'{"thread":{"id":"t"},"messages":[]}\n' + b"{x\n" * (size // 3)),
    File("unknown", "spaces", lambda size: b" " * size + b"x"),
    File("unknown", "nested lists", lambda size: b"[" * size),
    File("unknown", "keys", lambda size: within("{", '"k@":1', "}", size)),
    File("unknown", "damaged objects", lambda size: b"{}\n" + b"{x\n" * (size // 3)),
    File("unknown", "strings", lambda size: b'["' + b'\\"' * (size // 2)),
]

FILES = [*(file for name, writer in WRITERS.items() for file in _each_shape(name, writer)), *SPECIAL]
