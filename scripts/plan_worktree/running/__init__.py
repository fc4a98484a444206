"""The plan as a build: workers on all ready stages, kept going to the end, and what came of it.

One `run` of a plan and a clone at a time. What is done is in git before it is told here, so a run
that was killed goes on when it is started again. Nobody but a worker touches a stage.
"""
