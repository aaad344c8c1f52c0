"""shapes -- one answer as the chat APIs write it, streamed and not.

SPDX-License-Identifier: MIT

An Answer is a text, or tool calls, or both.  A shape makes a body of it; the
salt decides all that differs by nature: ids, clocks, counts of tokens, the
order of members, and where a stream is cut into events.
"""

import json
import random


class Answer:
    """What is said, and how it ends."""

    def __init__(self, text=None, calls=(), ending="stop"):
        self.text = text
        self.calls = list(calls)  # (name, arguments)
        self.ending = ending      # "stop", "length", "cut", "error"

    def replaced(self, **changes):
        """The same with other attributes."""
        return Answer(**{**{"text": self.text, "calls": self.calls, "ending": self.ending},
                         **changes})


class Salt:
    """What differs by nature."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def ident(self, prefix):
        """A fresh id."""
        letters = "abcdefghijklmnopqrstuvwxyz0123456789"
        return prefix + "".join(self.random.choice(letters) for _ in range(24))

    def clock(self):
        """Some second of this year."""
        return 1_790_000_000 + self.random.randrange(10_000_000)

    def count(self):
        """Of tokens."""
        return self.random.randrange(10, 400)

    def shuffled(self, value):
        """The same document with its members in another order."""
        if isinstance(value, dict):
            names = list(value)
            self.random.shuffle(names)
            return {n: self.shuffled(value[n]) for n in names}
        return [self.shuffled(v) for v in value] if isinstance(value, list) else value

    def pieces(self, text):
        """A text cut where a model's tokens might end."""
        while text:
            n = self.random.randrange(1, 12)
            yield text[:n]
            text = text[n:]

    def spelled(self, arguments):
        """Arguments as JSON text, with or without spaces."""
        value = self.shuffled(arguments)
        return json.dumps(value, ensure_ascii=False,
                          separators=self.random.choice([(",", ":"), (", ", ": ")]))


def dump(value):
    """JSON as servers write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def event(value, name=None):
    """One event of a stream."""
    return (f"event: {name}\n" if name else "") + f"data: {dump(value)}\n\n"


ERROR = {"message": "The server had an error while processing your request",
         "type": "server_error", "code": None}


# --- OpenAI chat completions ------------------------------------------------

def _chat_finish(a):
    return "tool_calls" if a.calls and a.ending == "stop" else a.ending


def chat(a, s):
    """A whole answer."""
    if a.ending == "error":
        return "application/json", dump({"error": ERROR})
    message = {"role": "assistant", "content": a.text}
    if a.calls:
        message["tool_calls"] = [
            {"id": s.ident("call_"), "type": "function",
             "function": {"name": n, "arguments": s.spelled(v)}} for n, v in a.calls]
    used = s.count()
    return "application/json", dump(s.shuffled({
        "id": s.ident("chatcmpl-"), "object": "chat.completion", "created": s.clock(),
        "model": "gpt-x", "system_fingerprint": s.ident("fp_"),
        "choices": [{"index": 0, "message": message, "logprobs": None,
                     "finish_reason": _chat_finish(a)}],
        "usage": {"prompt_tokens": 50, "completion_tokens": used, "total_tokens": used + 50}}))


def chat_stream(a, s):
    """The same in events."""
    base = {"id": s.ident("chatcmpl-"), "object": "chat.completion.chunk",
            "created": s.clock(), "model": "gpt-x", "system_fingerprint": s.ident("fp_")}

    def chunk(delta, finish=None):
        return event({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    out = chunk({"role": "assistant", "content": ""})
    out += "".join(chunk({"content": p}) for p in s.pieces(a.text or ""))
    for i, (name, arguments) in enumerate(a.calls):
        out += chunk({"tool_calls": [{"index": i, "id": s.ident("call_"), "type": "function",
                                      "function": {"name": name, "arguments": ""}}]})
        out += "".join(chunk({"tool_calls": [{"index": i, "function": {"arguments": p}}]})
                       for p in s.pieces(s.spelled(arguments)))
    if a.ending == "cut":
        return "text/event-stream", out
    if a.ending == "error":
        return "text/event-stream", out + event({"error": ERROR})
    out += chunk({}, _chat_finish(a))
    used = s.count()
    out += event({**base, "choices": [], "usage": {
        "prompt_tokens": 50, "completion_tokens": used, "total_tokens": used + 50}})
    return "text/event-stream", out + "data: [DONE]\n\n"


# --- OpenAI responses ---------------------------------------------------------

def _responses_output(a, s):
    out = []
    if a.text is not None:
        out.append({"type": "message", "id": s.ident("msg_"), "status": "completed",
                    "role": "assistant", "content": [
                        {"type": "output_text", "text": a.text, "annotations": []}]})
    return out + [{"type": "function_call", "id": s.ident("fc_"), "call_id": s.ident("call_"),
                   "status": "completed", "name": n, "arguments": s.spelled(v)}
                  for n, v in a.calls]


def _responses_whole(a, s):
    used = s.count()
    return {"id": s.ident("resp_"), "object": "response", "created_at": s.clock(),
            "status": {"stop": "completed", "length": "incomplete"}.get(a.ending, "failed"),
            "error": ERROR if a.ending == "error" else None, "model": "gpt-x",
            "output": [] if a.ending == "error" else _responses_output(a, s),
            "usage": {"input_tokens": 50, "output_tokens": used, "total_tokens": used + 50}}


def responses(a, s):
    """A whole answer."""
    return "application/json", dump(s.shuffled(_responses_whole(a, s)))


def responses_stream(a, s):
    """The same in events."""
    whole = _responses_whole(a, s)
    number = iter(range(10**6))

    def say(name, **members):
        return event({"type": name, "sequence_number": next(number), **members}, name)

    out = say("response.created", response={**whole, "status": "in_progress", "output": [],
                                            "usage": None})
    for i, item in enumerate(_responses_output(a, s)):
        where = {"output_index": i, "item_id": item["id"]}
        if item["type"] == "message":
            text = item["content"][0]["text"]
            out += say("response.output_item.added", output_index=i,
                       item={**item, "status": "in_progress", "content": []})
            out += say("response.content_part.added", content_index=0, **where,
                       part={"type": "output_text", "text": "", "annotations": []})
            out += "".join(say("response.output_text.delta", content_index=0, delta=p, **where)
                           for p in s.pieces(text))
            if a.ending in ("cut", "error"):
                break
            out += say("response.output_text.done", content_index=0, text=text, **where)
            out += say("response.content_part.done", content_index=0, part=item["content"][0],
                       **where)
        else:
            out += say("response.output_item.added", output_index=i,
                       item={**item, "status": "in_progress", "arguments": ""})
            out += "".join(say("response.function_call_arguments.delta", delta=p, **where)
                           for p in s.pieces(item["arguments"]))
            out += say("response.function_call_arguments.done", arguments=item["arguments"],
                       **where)
        out += say("response.output_item.done", output_index=i, item=item)
        whole["output"] = whole["output"][:i] + [item]
    if a.ending == "error":
        out += say("error", code="server_error", message=ERROR["message"], param=None)
    elif a.ending != "cut":
        name = "response.completed" if a.ending == "stop" else "response.incomplete"
        out += say(name, response=whole)
    return "text/event-stream", out


# --- Anthropic messages ---------------------------------------------------------

def _messages_stop(a):
    return "max_tokens" if a.ending == "length" else "tool_use" if a.calls else "end_turn"


def _messages_error():
    return {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def messages(a, s):
    """A whole answer."""
    if a.ending == "error":
        return "application/json", dump(_messages_error())
    content = [] if a.text is None else [{"type": "text", "text": a.text}]
    content += [{"type": "tool_use", "id": s.ident("toolu_"), "name": n, "input": v}
                for n, v in a.calls]
    return "application/json", dump(s.shuffled({
        "id": s.ident("msg_"), "type": "message", "role": "assistant", "model": "claude-x",
        "content": content, "stop_reason": _messages_stop(a), "stop_sequence": None,
        "usage": {"input_tokens": 50, "output_tokens": s.count()}}))


def messages_stream(a, s):
    """The same in events."""
    def say(name, **members):
        return event({"type": name, **members}, name)

    out = say("message_start", message={
        "id": s.ident("msg_"), "type": "message", "role": "assistant", "model": "claude-x",
        "content": [], "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 50, "output_tokens": 1}})
    index = 0
    if a.text is not None:
        out += say("content_block_start", index=0, content_block={"type": "text", "text": ""})
        out += say("ping")
        out += "".join(say("content_block_delta", index=0, delta={"type": "text_delta", "text": p})
                       for p in s.pieces(a.text))
        index = 1
        if a.ending not in ("cut", "error"):
            out += say("content_block_stop", index=0)
    if a.ending == "error":
        return "text/event-stream", out + event(_messages_error(), "error")
    if a.ending == "cut":
        return "text/event-stream", out
    for name, arguments in a.calls:
        out += say("content_block_start", index=index, content_block={
            "type": "tool_use", "id": s.ident("toolu_"), "name": name, "input": {}})
        out += "".join(say("content_block_delta", index=index, delta={
            "type": "input_json_delta", "partial_json": p})
            for p in s.pieces(s.spelled(arguments)))
        out += say("content_block_stop", index=index)
        index += 1
    out += say("message_delta", delta={"stop_reason": _messages_stop(a), "stop_sequence": None},
               usage={"output_tokens": s.count()})
    return "text/event-stream", out + say("message_stop")


SHAPES = [chat, chat_stream, responses, messages]
STREAMS = {chat_stream}
