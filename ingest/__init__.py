"""Knowledge, past dialogues, intents and templates in and out of the store."""
