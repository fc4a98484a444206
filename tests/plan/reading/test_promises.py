"""What a stage's section promises those who build on it."""

from __future__ import annotations

import pytest

from plan_worktree.plan.reading.excerpts import Excerpt
from plan_worktree.plan.reading.promises import promised
from plan_worktree.plan.sections import read_sections
from tests.plan.reading.test_approach import read

HEAD = "### Stage 1: One\n\n**Stage ID**: `one`\n**Branch**: `b`\n**Status**: Done\n\n"
BODY = """\
#### What

A store.

#### Why

Everybody waits.

#### How

`get(key)` returns None.

**Files to Change**:

- Create: `a.py`

**Code Example**:

```python
def get(key): ...
```

#### Validation

- [ ] Run `make`

#### TODO

- [ ] All of it
"""


def promise(text: str) -> Excerpt:
    document = read(text)
    return promised(document, read_sections(document)[0], 3_000)


def test_what_and_how_are_promised_and_no_files_gates_and_items() -> None:
    found = promise(HEAD + BODY)

    assert found.text.startswith("#### What\n\nA store.\n\n#### How\n\n`get(key)` returns None.\n")
    assert "def get(key): ...\n```" in found.text
    assert not found.is_cut
    for other in ("Everybody", "a.py", "make", "All of it", "Stage ID", "Branch", "Status"):
        assert other not in found.text


def test_a_section_without_parts_promises_what_it_says() -> None:
    assert promise("Stage 1: One\n---\n\n**Stage ID**: `one`\n\nIt has `f(x)`.\n") == (
        "It has `f(x)`.",
        False,
    )
    assert promise("**Stage ID**: `one`\n") == ("", False)


@pytest.mark.parametrize("title", ("##### Interface", "**Public API**:", "**Produces:**"))
def test_of_a_long_section_its_interface_comes_first(title: str) -> None:
    long = "word " * 800 + "\n\n"
    text = HEAD + f"#### How\n\n{long}{title}\n\n- `get(key)`\n\n**Limits**:\n\nNone.\n\n{long}"

    found = promise(text)

    assert found.text.startswith(f"{title}\n\n- `get(key)`")
    assert "word" not in found.text
    assert found.is_cut


def test_of_a_long_section_without_an_interface_the_code_comes_first() -> None:
    long = "word " * 800 + "\n\n"

    assert promise(HEAD + f"#### How\n\n{long}```\ndef f(): ...\n```\n") == (
        "```\ndef f(): ...\n```",
        True,
    )
    cut = promise(HEAD + f"#### How\n\n{long}")
    assert cut.is_cut
    assert len(cut.text) <= 3_000
