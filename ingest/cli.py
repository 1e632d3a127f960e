"""`ingest`: the door for knowledge, past dialogues, intents and templates."""

from __future__ import annotations

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


if __name__ == "__main__":
    main()
