"""One turn from question to reply: the engine, the policy and the hand-off."""
