"""A stand-in of the model's server: the Messages API with streaming, on the loopback, by a script.

A script is a list of steps for each speaker, whom the first message of a conversation names with a
word in capitals; a step is text, or a tool with its input. What was asked is kept, so that a test
sees what the model would have read.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = str | tuple[str, dict[str, Any]]


class Model:
    """Who speaks by which script, and every request so far."""

    def __init__(self, scripts: Mapping[str, Sequence[Step]]) -> None:
        self.scripts = {name: list(steps) for name, steps in scripts.items()}
        self.asked: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def answer(self, request: dict[str, Any]) -> Step:
        with self.lock:
            self.asked.append(request)
            if not request.get("tools"):  # a title, a summary: nothing of ours
                return "fine"
            speaker = next((name for name in self.scripts if name in first_text(request)), None)
            steps = self.scripts.get(speaker or "", [])
            return steps.pop(0) if steps else "done"

    def read(self, speaker: str) -> str:
        """Return all that a speaker was given to read, as JSON."""
        mine = [one for one in self.asked if one.get("tools") and speaker in first_text(one)]
        return json.dumps([one["messages"] for one in mine[-1:]], ensure_ascii=False)


def first_text(request: dict[str, Any]) -> str:
    return json.dumps(request["messages"][0])


def events(step: Step, number: int, model: str) -> Iterator[dict[str, Any]]:
    """Yield what the API streams for one step."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": model}
    rest: dict[str, Any] = {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    yield {"type": "message_start", "message": message | rest}
    if isinstance(step, str):
        block: dict[str, Any] = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": step}
    else:
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": step[0], "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(step[1])}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    why = "end_turn" if isinstance(step, str) else "tool_use"
    end = {"stop_reason": why, "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": usage}
    yield {"type": "message_stop"}


@contextmanager
def serving(model: Model) -> Iterator[str]:
    """Serve until the block ends; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if not self.path.startswith("/v1/messages") or "count_tokens" in self.path:
                return self.reply("application/json", b'{"input_tokens": 1}')
            request = json.loads(body)
            parts = list(events(model.answer(request), len(model.asked), request["model"]))
            if not request.get("stream"):
                whole = whole_message(parts)
                return self.reply("application/json", json.dumps(whole).encode())
            lines = [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in parts]
            return self.reply("text/event-stream", "".join(lines).encode())

        def do_GET(self) -> None:
            self.reply("application/json", b"{}")

        do_HEAD = do_GET  # noqa: N815 - as above

        def reply(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def whole_message(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return as one message what would be streamed."""
    message: dict[str, Any] = dict(parts[0]["message"])
    block = dict(parts[1]["content_block"])
    delta = parts[2]["delta"]
    if block["type"] == "text":
        block["text"] = delta["text"]
    else:
        block["input"] = json.loads(delta["partial_json"])
    message |= {"content": [block]} | parts[4]["delta"]
    return message
