"""What a customer means: intents and follow-up questions made whole."""
