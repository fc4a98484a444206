"""A stage is taken: claimed for one worker, made ready, and waited for where others have it."""
