"""Learning from dialogues: datasets, candidates, measures, and the way to promote them."""
