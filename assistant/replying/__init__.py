"""How a reply is worded: prompts, generators, the fact lock and templates."""
