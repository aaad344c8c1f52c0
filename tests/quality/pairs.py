"""pairs -- what may become of an answer, and whether that is harm.

SPDX-License-Identifier: MIT

From each answer of a set come harmless pairs (the answer against itself with
what differs by nature, written otherwise, rephrased) and harmful ones (a
wrong fact, a lost or changed call, somebody else's data, an end too early, an
error, a refusal, another language, nothing, another answer), in the shapes of
the chat APIs in turn.  The same set gives the same pairs, always.
"""

import json

from shapes import SHAPES, STREAMS, Answer, Salt

REFUSALS = ["I'm sorry, but I can't help with that.",
            "I cannot assist with this request.",
            "Unfortunately, I'm not able to help with that topic."]
LEAKS = [" Your registered email is maria.lopez@mail.example.",
         " (session sess_7f3k29dk21)",
         " The account belongs to user usr_8841aa09.",
         " As discussed with Thomas Keller yesterday, the other case stays open."]
ENDS_EARLY = (0.45, 0.62, 0.8)


class Pair:
    """Two bodies of one shape, and what is thought of them."""

    def __init__(self, harmful, why, shape, legacy, enhanced):
        self.harmful = harmful
        self.why = why
        self.shape = shape.__name__
        self.kind, self.legacy = legacy
        _, self.enhanced = enhanced

    def line(self):
        """For tests/quality/judge."""
        return json.dumps({"type": self.kind, "legacy": self.legacy, "enhanced": self.enhanced})


class Maker:
    """Collects the pairs of one set, taking the shapes in turn."""

    def __init__(self):
        self.pairs = []
        self.turn = 0

    def add(self, harmful, why, legacy, enhanced, shapes=SHAPES):
        """A pair in the next shape."""
        self.turn += 1
        shape = shapes[self.turn % len(shapes)]
        self.pairs.append(Pair(harmful, why, shape, shape(legacy, Salt(self.turn * 2)),
                               shape(enhanced, Salt(self.turn * 2 + 1))))

    def harmless(self, why, legacy, enhanced):
        """A pair that must come out the same."""
        self.add(False, why, legacy, enhanced)

    def harmful(self, why, legacy, enhanced, shapes=SHAPES):
        """A pair that must come out different."""
        self.add(True, why, legacy, enhanced, shapes)


def spaced(text):
    """Other white space: paragraphs for sentences, no space at line ends."""
    return text.replace(". ", ".\n\n", 1).replace("\n- ", "\n  - ") + "\n"


def marked(text):
    """Markdown around some words."""
    words = text.split(" ")
    for i in range(3, len(words), 9):
        if words[i].isalnum():
            words[i] = f"**{words[i]}**"
    return " ".join(words)


def cut_off(text, share):
    """The beginning, and not one byte more."""
    return text[:int(len(text) * share)]


def of_facts(make, name, texts, wrong):
    """The answer with one fact exchanged, as it is and rephrased."""
    for kind, exchanges in wrong.items():
        for right, other in exchanges:
            holders = [t for t in texts if right in t]
            assert holders, f"{name}: nobody says {right}"
            for t in holders[:2]:
                make.harmful(f"{name}: wrong {kind}, {right} -> {other}", Answer(texts[0]),
                             Answer(t.replace(right, other)))


def of_answer(make, group, other, number):
    """All pairs of one answer."""
    name, text = group["name"], group["answer"]
    said = Answer(text)
    rephrased = [Answer(t) for t in group["rephrased"]]

    make.harmless(f"{name}: ids, clocks, order, borders", said, said)
    for i, r in enumerate(rephrased):
        make.harmless(f"{name}: rephrased {i}", said, r)
        make.harmless(f"{name}: rephrased {i}, the other way", r, said)
    make.harmless(f"{name}: white space", said, Answer(spaced(text)))
    make.harmless(f"{name}: markdown", said, Answer(marked(text)))

    of_facts(make, name, [text] + group["rephrased"], group["wrong"])
    share = ENDS_EARLY[number % len(ENDS_EARLY)]
    make.harmful(f"{name}: ends early", said, Answer(cut_off(text, share)))
    make.harmful(f"{name}: stream cut", said, Answer(cut_off(text, share), ending="cut"),
                 [s for s in SHAPES if s in STREAMS])
    make.harmful(f"{name}: by its length", said, Answer(cut_off(text, 0.9), ending="length"))
    make.harmful(f"{name}: error inside", said, Answer(cut_off(text, 0.4), ending="error"))
    make.harmful(f"{name}: refusal", said, Answer(REFUSALS[number % len(REFUSALS)]))
    make.harmful(f"{name}: nothing", said, Answer(""))
    make.harmful(f"{name}: leak", said, Answer(text + LEAKS[number % len(LEAKS)]))
    make.harmful(f"{name}: leak, rephrased", said,
                 Answer(group["rephrased"][0] + LEAKS[(number + 1) % len(LEAKS)]))
    make.harmful(f"{name}: another answer", said, Answer(other["answer"]))
    if "translated" in group:
        make.harmful(f"{name}: another language", said, Answer(group["translated"]))


def of_call(make, group):
    """All pairs of one tool call."""
    name, call = group["name"], (group["call"], group["arguments"])
    said = Answer(None, [call])
    for _ in range(3):
        make.harmless(f"{name}: call, spelled otherwise", said, said)
    make.harmless(f"{name}: call beside a text", Answer("One moment, please.", [call]),
                  Answer("One moment, please.", [call]))
    for arguments in group["changed"]:
        for _ in range(2):
            make.harmful(f"{name}: changed arguments", said,
                         Answer(None, [(group["call"], arguments)]))
    make.harmful(f"{name}: another call", said, Answer(None, [(group["other"], group["arguments"])]))
    make.harmful(f"{name}: lost call", said, Answer("One moment, please."))
    make.harmful(f"{name}: lost call beside a text", Answer("One moment, please.", [call]),
                 Answer("One moment, please."))
    make.harmful(f"{name}: called twice", said, Answer(None, [call, call]))


def of_set(path):
    """Every pair of the set in that file."""
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    make = Maker()
    answers = data["answers"]
    for i, group in enumerate(answers):
        of_answer(make, group, answers[(i + len(answers) // 2) % len(answers)], i)
    for group in data["calls"]:
        of_call(make, group)
    return make.pairs
