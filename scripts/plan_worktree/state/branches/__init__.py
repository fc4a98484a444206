"""How stages' branches relate: what is whose work, what has landed, where a new one starts."""
