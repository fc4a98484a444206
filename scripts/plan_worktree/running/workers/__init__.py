"""One worker: it takes a stage, runs an agent on it, proves what that did, and goes on.

Whatever an agent is and does, it ends with everything it has started, its whole output is in the
stage's log, and only `complete` says that its work is done. An interrupted worker keeps its claim,
and whoever works under the same name goes on where it stopped.
"""
