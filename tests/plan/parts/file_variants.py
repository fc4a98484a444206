"""How agents write Files to Change, each with its right reading, marked by hand.

The shapes are those of plans in public repositories; the paths are made up. A reading is `verb
path`: c creates, m modifies, d deletes, e creates or modifies; `? path` is a line that names a path
and cannot be read.
"""

from __future__ import annotations

from typing import NamedTuple


class Variant(NamedTuple):
    """Lines below the title, and what they mean."""

    text: str
    reading: tuple[str, ...]


def v(text: str, *reading: str) -> Variant:
    return Variant(text, reading)


VERBS = (
    v("- Create: `src/a.py`", "c src/a.py"),
    v("- Add: `src/a.py`", "c src/a.py"),
    v("- New: `src/a.py`", "c src/a.py"),
    v("- New file: `src/a.py`", "c src/a.py"),
    v("- **New file**: `src/a.py` - the parser", "c src/a.py"),
    v("- Modify: `src/a.py`", "m src/a.py"),
    v("- Update: `src/a.py`", "m src/a.py"),
    v("- Edit `src/a.py`", "m src/a.py"),
    v("- Change `src/a.py`", "m src/a.py"),
    v("- Extend: `src/a.py`", "m src/a.py"),
    v("- Refactor: `src/a.py`", "m src/a.py"),
    v("- Rewrite: `src/a.py`", "m src/a.py"),
    v("- Replace: `src/a.py`", "m src/a.py"),
    v("- Replace `src/a.py` with `src/b.py`", "d src/a.py", "c src/b.py"),
    v("- Delete: `src/a.py`", "d src/a.py"),
    v("- Remove: `src/a.py`", "d src/a.py"),
    v("- Test: `tests/test_a.py`", "e tests/test_a.py"),
    v("- Tests: `tests/test_a.py`, `tests/test_b.py`", "e tests/test_a.py", "e tests/test_b.py"),
    v("- Test: `tests/test_a.py` (extend with assertions)", "e tests/test_a.py"),
    v("- Test (integration): `tests/test_a.py`", "e tests/test_a.py"),
    v("- Unit tests: `tests/test_a.py`", "e tests/test_a.py"),
    v("- E2E test: `e2e/login.spec.ts`", "e e2e/login.spec.ts"),
    v("- Docs: `README.md`", "e README.md"),
    v("- Documentation: `docs/usage.md`", "e docs/usage.md"),
    v("- Config: `pyproject.toml`", "e pyproject.toml"),
    v("- Create/Modify: `src/a.py`", "e src/a.py"),
    v("- **Create or update**: `src/a.py`", "e src/a.py"),
    v("- Add/Update `src/a.py`", "e src/a.py"),
    v("- Write `src/a.py`", "e src/a.py"),
    v("- CREATE `src/a.py`", "c src/a.py"),
    v("- Modify if necessary: `src/a.py`", "m src/a.py"),
    v("- Create (optional): `src/a.py`", "e src/a.py"),
    v("- Create new test file `tests/test_a.py`", "c tests/test_a.py"),
    v("- Add tests: `tests/test_a.py`", "e tests/test_a.py"),
    v("- Copy `src/a.py` to `src/b.py`", "e src/b.py"),
    v("- Backend: modify `src/a.py`", "m src/a.py"),
    v("- Backend files to create: `src/a.py`", "c src/a.py"),
)
MOVES = (
    v("- Rename: `src/a.py` to `src/b.py`", "d src/a.py", "c src/b.py"),
    v("- Rename `src/a.py` → `src/b.py`", "d src/a.py", "c src/b.py"),
    v("- Rename: `src/a.ts` → `b.ts` (and its imports)", "d src/a.ts", "c src/b.ts"),
    v("- Move: `src/a.py` -> `lib/`", "d src/a.py", "c lib/a.py"),
    v("- Move: `a.py`, `b.py` to `lib/`", "d a.py", "d b.py", "c lib/a.py", "c lib/b.py"),
    v("- Move: `src/tap/**` to `packages/tap/src/**`", "d src/tap/", "c packages/tap/src/"),
    v("- Move: `src/ui/*.ts` → `src/tui/`", "d src/ui/*.ts", "c src/tui/*.ts"),
    v("- Rename: `photo-coach/` to `coach/`", "d photo-coach/", "c coach/"),
    v("- Move and modify: `src/a.js` to `lib/a.js`", "d src/a.js", "c lib/a.js"),
    v("- `src/a.py` → `src/b.py`", "d src/a.py", "c src/b.py"),
    v(
        "- `cmd/menu.go` → rename to `cmd/menu_mac.go` and add a tag",
        "d cmd/menu.go",
        "c cmd/menu_mac.go",
    ),
    v("- Move `Parser` from `src/a.py` to `src/b.py`", "m src/a.py", "e src/b.py"),
    v(
        "- Move: `src/ui/{one,two}.tsx` → `src/app/`",
        "d src/ui/one.tsx",
        "d src/ui/two.tsx",
        "c src/app/one.tsx",
        "c src/app/two.tsx",
    ),
)
NOTES = (
    v("- `src/a.py` (new)", "c src/a.py"),
    v("- `src/a.py` (NEW FILE)", "c src/a.py"),
    v("- `src/a.py` [NEW]", "c src/a.py"),
    v("- [NEW] `src/a.py`", "c src/a.py"),
    v("- **(new)** `src/a.py`", "c src/a.py"),
    v("- NEW `src/a.py`", "c src/a.py"),
    v("- `src/a.py` NEW", "c src/a.py"),
    v("- `src/a.py` — new file that holds the parser", "c src/a.py"),
    v("- `src/a.py` - New model", "e src/a.py"),
    v("- `src/a.py` — DELETE", "d src/a.py"),
    v("- `src/a.py` (delete)", "d src/a.py"),
    v("- `src/a.py` (remove dead code)", "m src/a.py"),
    v("- `src/a.py` (modify — tier from volume, drive from registry)", "m src/a.py"),
    v("- `src/a.py` - Add shield columns", "m src/a.py"),
    v("- `src/a.py` — create/update", "e src/a.py"),
    v("- `src/a.py` (lines 167-195, 296-350)", "m src/a.py"),
    v("- `src/a.py` - no changes needed"),
    v("- `src/a.py` (unchanged)"),
    v("- `src/a.py` (reference only)"),
    v("- Create: `src/a.py` (optional)", "e src/a.py"),
    v("- Create: `src/a.py` (if missing)", "e src/a.py"),
    v("- Modify: `src/a.py` (if needed)", "m src/a.py"),
    v("- Modify: `src/a.py` (if it exists)", "e src/a.py"),
    v("- Modify: `src/a.py` (add `Parser` (the new one))", "m src/a.py"),
    v("- Modify: `src/a.py`, `src/b.py` (new)", "m src/a.py", "c src/b.py"),
    v("- Backend: `src/a.py` (new)", "c src/a.py"),
    v("- Modify: `src/a.py` - like `src/b.py`", "m src/a.py"),
    v("- Modify: `src/a.py`: see `src/b.py` for the pattern", "m src/a.py"),
    v("- Modify: `src/a.py`\uff08\u79fb\u9664\uff09, `src/b.py`", "m src/a.py", "m src/b.py"),
)
SEVERAL = (
    v("- Create: `src/a.py`, `src/b.py`", "c src/a.py", "c src/b.py"),
    v("- Create: `src/a.py` and `src/b.py`", "c src/a.py", "c src/b.py"),
    v("- Create: src/a.py + src/b.py", "c src/a.py", "c src/b.py"),
    v(
        "- Modify: `src/a.py` (skip it), `src/b.py` (import), `c.tsx`",
        "m src/a.py",
        "m src/b.py",
        "m c.tsx",
    ),
    v("- Create `src/a.py`, modify `src/b.py`", "c src/a.py", "m src/b.py"),
    v("- Create: `src/a.py`; delete: `src/b.py`", "c src/a.py", "d src/b.py"),
    v("- Create `src/a.py` and its test `tests/test_a.py`", "c src/a.py", "e tests/test_a.py"),
    v("- Modify both `src/a.py` and `src/b.py`", "m src/a.py", "m src/b.py"),
    v("- `src/a.py`, `src/b.py` (both new)", "c src/a.py", "c src/b.py"),
    v("- Create: `src/{a,b}.py`", "c src/a.py", "c src/b.py"),
    v("- Create: src/{a,b}.{ts,css}", "c src/a.ts", "c src/a.css", "c src/b.ts", "c src/b.css"),
    v("- Create: `src/a.{ts,test.ts}` and `b.ts`", "c src/a.ts", "c src/a.test.ts", "c b.ts"),
    v("- Create: `src/{a,{b,c}}.py`", "c src/a.py", "c src/b.py", "c src/c.py"),
    v("- Modify: `src/{id}/page.tsx`", "m src/{id}/page.tsx"),
    v("- Modify: `a.py`,\n  `b.py`", "m a.py", "m b.py"),
    v("- Modify: `a.py` / `b.py`", "m a.py", "m b.py"),
)
SPELLINGS = (
    v("- Modify: `src/a.py:10-20`", "m src/a.py"),
    v("- Modify: `src/a.py:12,30-41`", "m src/a.py"),
    v("- Modify: `src/a.py#L10`", "m src/a.py"),
    v("- Modify: `src/a.py#L10-L20`", "m src/a.py"),
    v("- Modify: src/a.py:~10", "m src/a.py"),
    v("- Modify: `src/a.py:parse()`", "m src/a.py"),
    v("- Test: `tests/test_a.py::TestA::test_b`", "e tests/test_a.py"),
    v("- Modify: [`src/a.py`](../../src/a.py)", "m src/a.py"),
    v("- Modify: [src/a.py](src/a.py#L10-L20)", "m src/a.py"),
    v("- Modify: [a.py](../../src/a.py)", "m src/a.py"),
    v("- [src/a.py](https://example.org/blob/main/src/a.py) (new)", "c src/a.py"),
    v("- Modify: [the parser](src/my%20parser.py)", "m src/my parser.py"),
    v("- Modify: [`app/[id]/page.tsx`](<app/[id]/page.tsx>)", "m app/[id]/page.tsx"),
    v("- Modify: `src\\core\\a.py`", "m src/core/a.py"),
    v("- Modify: src\\core\\a.py", "m src/core/a.py"),
    v("- Modify: src/\\_\\_init\\_\\_.py", "m src/__init__.py"),
    v("- Modify: **src/a.py**", "m src/a.py"),
    v("- Modify: __init__.py", "m __init__.py"),
    v('- Modify "src/a.py"', "m src/a.py"),
    v("- Modify: app/(auth)/login.tsx", "m app/(auth)/login.tsx"),
    v("- Modify: app/[...slug]/page.tsx", "m app/[...slug]/page.tsx"),
    v("- Modify: `.github/workflows/ci.yml`", "m .github/workflows/ci.yml"),
    v("- Modify: `.gitignore`", "m .gitignore"),
    v("- Makefile", "m Makefile"),
    v("- Create: `db/migrations/<timestamp>_users.sql`", "c db/migrations/*_users.sql"),
    v("- Modify: `src/**/*.py`", "m src/**/*.py"),
    v("- 🆕 `src/a.py` — new", "c src/a.py"),
    v("- [x] **Create** `src/a.py`", "c src/a.py"),
    v("1. **`src/a.py`** - Add shield columns", "m src/a.py"),
    v("1. **`src/a.py`** (NEW)", "c src/a.py"),
    v("- **`src/a.py`**: new file", "c src/a.py"),
    v("- File: `src/a.py`", "m src/a.py"),
    v("- ~~Modify: `src/a.py`~~"),
)
PROSE = (
    v("- Add the route to `src/a.py`", "m src/a.py"),
    v("- Add `parse()` to `src/a.py`", "m src/a.py"),
    v("- Add `foo` and `bar` to `src/a.py`", "m src/a.py"),
    v("- Remove `old()` from `src/a.py`", "m src/a.py"),
    v("- Remove everything under `src/old/`", "d src/old/"),
    v("- Update imports in `src/a.py` and `src/b.py`", "m src/a.py", "m src/b.py"),
    v("- Update the parser (`src/a.py`)", "m src/a.py"),
    v("- Create the parser module `src/a.py`", "c src/a.py"),
    v("- Create a test for `src/a.py` in `tests/test_a.py`", "e tests/test_a.py"),
    v("- Create the table in `db/`", "e db/"),
    v("- Create: GitHub issue for the docs"),
    v("- Create: `users` table"),
    v("- Split `src/a.py` into `src/b.py` and `c.py`", "m src/a.py", "e src/b.py", "e c.py"),
    v("- Update Makefile and README.md", "m Makefile", "m README.md"),
    v("- Modify `src/a.py` line 10 and `b.py` lines 3-4", "m src/a.py", "m b.py"),
    v("- Merge `src/a.py` into `src/b.py`", "? src/a.py"),
    v("- Update docs"),
    v("- Modify: all files that import from the old place"),
    v("- Create: a Next.js page"),
    v("- None"),
    v("- No changes to `src/a.py`"),
    v("- Do not touch `src/a.py`"),
    v("- Read: `src/a.py`"),
    v("- Reference: `src/a.py`, `src/b.py`"),
    v("- See `src/a.py` for the pattern"),
)
STRANGE = (
    v("- Backend: `src/a.py`", "? src/a.py"),
    v("- Frobnicate: `src/a.py`", "? src/a.py"),
    v("- Frobnicate `src/a.py`", "? src/a.py"),
    v("- The parser in `src/a.py` learns numbers", "? src/a.py"),
    v("- Update the callers of the parser, like `src/a.py`", "? src/a.py"),
    v("- Modify: `src/.../a.py`", "? src/.../a.py"),
    v("- Modify: `src/a.py`, `lib/…/b.py`", "m src/a.py", "? lib/…/b.py"),
    v("- Modify: `src/" + "{a,b}" * 8 + ".py`", "? src/" + "{a,b}" * 8 + ".py"),
    v("- Migration: db/0001_users.sql", "? db/0001_users.sql"),
)
NESTED = (
    v("- Create:\n  - `src/a.py`\n  - `src/b.py`", "c src/a.py", "c src/b.py"),
    v(
        "- **New files:**\n  1. `src/a.py`\n- **Modified:**\n  1. `src/b.py`",
        "c src/a.py",
        "m src/b.py",
    ),
    v("- Backend:\n  - Create: `src/a.py`\n  - `src/b.py`", "c src/a.py", "m src/b.py"),
    v(
        "- Tests:\n  - `tests/test_a.py` (new)\n  - `tests/test_b.py`",
        "c tests/test_a.py",
        "e tests/test_b.py",
    ),
    v("1. **`src/a.ts`**\n   - Import `send` from `lib`\n   - Call it in `signUp()`", "m src/a.ts"),
    v("- `src/a.py`\n  - reuse the helpers of `src/b.py`", "m src/a.py"),
    v("- `src/a.py`\n  - `src/b.py` calls it", "m src/a.py"),
    v("- `src/a.py`\n  - Test: `tests/test_a.py`", "m src/a.py", "e tests/test_a.py"),
    v("- `src/ui/`\n  - `A.tsx` (new)\n  - `B.tsx`", "c src/ui/A.tsx", "m src/ui/B.tsx"),
    v("- `src/ui/`:\n  - `parts/`\n    - `A.tsx` (new)", "c src/ui/parts/A.tsx"),
    v("- `src/ui/`\n  - all components get a title", "m src/ui/"),
    v("- Reference:\n  - `src/a.py`\n- Modify:\n  - `src/b.py`", "m src/b.py"),
    v("> - Create: `src/a.py`", "c src/a.py"),
)
TITLES = (
    v("**Create:**\n\n- `src/a.py`\n\n**Modify:**\n\n- `src/b.py`", "c src/a.py", "m src/b.py"),
    v(
        "**New files**\n\n- `src/a.py`\n\n**Deleted files (1)**\n\n- `src/b.py`",
        "c src/a.py",
        "d src/b.py",
    ),
    v(
        "##### Files to create\n\n- `src/a.py`\n\n##### Modified files\n\n- `src/b.py`",
        "c src/a.py",
        "m src/b.py",
    ),
    v("New files:\n\n- `src/a.py`\n\nModified files:\n\n- `src/b.py`", "c src/a.py", "m src/b.py"),
    v(
        "##### Test files to create/modify\n\n- `tests/a.py`\n- existing tests as needed",
        "e tests/a.py",
    ),
    v("- `src/a.py`\n\n**New file:** `src/b.py` — the parser", "m src/a.py", "c src/b.py"),
    v("Modify: `src/a.py`", "m src/a.py"),
    v("`src/a.py`\n", "m src/a.py"),
    v("Changes are limited to `src/`; nothing else moves.\n\n- `src/a.py`", "m src/a.py"),
    v("All paths are below `packages/core/`.\n\n- `src/a.py`", "m src/a.py"),
    v("##### Files to read\n\n- `src/a.py`\n\n##### Files to modify\n\n- `src/b.py`", "m src/b.py"),
)
TABLES = (
    v(
        "| File | Change |\n|------|--------|\n| `src/a.py` | Create |\n| `src/b.py` | Modify |\n"
        "| `src/c.py` | Delete |\n| `src/d.py` | Add `parse` |",
        "c src/a.py",
        "m src/b.py",
        "d src/c.py",
        "m src/d.py",
    ),
    v(
        "| File | Action | Why |\n|---|---|---|\n| `src/a.py` | **Create** — the parser | R1 |\n"
        "| `src/b.py` | UPDATE | R2 |\n| `src/c.py` | New file — client | |",
        "c src/a.py",
        "m src/b.py",
        "c src/c.py",
    ),
    v(
        "| # | File | Why |\n|---|------|---------|\n| 1 | `src/a.py` | Rewrite `A`, add `x` |",
        "m src/a.py",
    ),
    v(
        "| Action | Path |\n|:--|--:|\n| Create | src/a.py |\n| Test | tests/a.py |",
        "c src/a.py",
        "e tests/a.py",
    ),
    v(
        "| File | Change |\n|---|---|\n| [`src/a.rs`](src/a.rs) | **New** — builder |\n"
        '| `app_he.arb` line 1218 | "x" → "y" |',
        "c src/a.rs",
        "m app_he.arb",
    ),
    v("File | Change\n--- | ---\n`src/a.py`, `src/b.py` | new", "c src/a.py", "c src/b.py"),
    v(
        "| File | Change |\n|---|---|\n| `src/a.py` | Rename to `src/b.py` |",
        "d src/a.py",
        "c src/b.py",
    ),
    v("| File | Change |\n|---|---|\n| `src/a.py` | no changes needed |"),
    v("| File | Change |\n|---|---|\n| GitHub issue | Create |"),
    v("| File | Change |\n|---|---|\n| the parser of `src/a.py` | Modify |", "m src/a.py"),
    v("| Part | What |\n|---|---|\n| parser | reads `x` |\n| `src/a.py` | modify |", "m src/a.py"),
    v(
        "**Create:**\n\n| File | Purpose |\n|---|---|\n| `src/a.py` | Show the \\| sign |",
        "c src/a.py",
    ),
)
ALL = (*VERBS, *MOVES, *NOTES, *SEVERAL, *SPELLINGS, *PROSE, *STRANGE, *NESTED, *TITLES, *TABLES)
