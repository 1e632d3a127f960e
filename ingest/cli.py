"""`ingest`: the door for knowledge, past dialogues, intents and templates."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports below, so that Ctrl-C in them is no traceback
    import sys

    from assistant.entry import ingest as enter

    sys.exit(enter())

import click

from ingest.commands import index
from ingest.commands.docs import docs
from ingest.commands.faq import faq
from ingest.commands.history import history
from ingest.commands.meaning import intent, template


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Bring FAQs, documents, past dialogues, intents and templates in and out."""


for _group in (faq, docs, history, intent, template):
    main.add_command(_group)
index.register(main)
