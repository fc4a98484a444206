"""What a worktree needs beside its files: pointer, included files, submodules, marks."""
