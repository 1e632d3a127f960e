"""Intents with their example utterances, and templates."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.records import IntentSpec, Template
from assistant.store.connection import Connections


class Meaning:
    """What customers may want, and the fixed texts for it."""

    def __init__(self, connections: Connections):
        self._connections = connections

    def save_intents(self, specs: Sequence[IntentSpec]) -> None:
        """Insert or replace intents; their examples are replaced as a whole."""
        with self._connections.write() as db:
            for s in specs:
                db["intents"].upsert(
                    {"label": s.label, "description": s.description, "name_zh": s.name_zh,
                     "name_en": s.name_en, "status": s.status},
                    pk="label",
                )
                db.conn.execute("DELETE FROM intent_examples WHERE label = ?", [s.label])
                db["intent_examples"].insert_all(
                    {"label": s.label, "language": lang, "text": text} for lang, text in s.examples
                )

    def intents(self, *, every: bool = False) -> list[IntentSpec]:
        """Return the intents in use, or with `every` the retired ones too."""
        with self._connections.read() as db:
            rows = list(db["intents"].rows_where(None if every else "status = 'published'", order_by="label"))
            examples: dict[str, list[tuple[str, str]]] = {}
            for label, language, text in db.conn.execute(
                "SELECT label, language, text FROM intent_examples ORDER BY id"
            ):
                examples.setdefault(label, []).append((language, text))
        return [IntentSpec(**r, examples=tuple(examples.get(r["label"], ()))) for r in rows]

    def retire_intent(self, label: str) -> bool:
        with self._connections.write() as db:
            return db.conn.execute(
                "UPDATE intents SET status = 'retired' WHERE label = ?", [label]
            ).rowcount == 1

    def save_templates(self, templates: Sequence[Template]) -> None:
        with self._connections.write() as db:
            db["templates"].upsert_all(
                ({"id": t.id, "intent": t.intent, "language": t.language, "text": t.text,
                  "faq": t.faq, "status": t.status} for t in templates),
                pk="id",
            )

    def templates(self, *, intent: str = "", language: str = "", every: bool = False) -> list[Template]:
        where, values = (["1"] if every else ["status = 'published'"]), []
        for column, value in (("intent", intent), ("language", language)):
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        with self._connections.read() as db:
            return [
                Template(**r) for r in db["templates"].rows_where(" AND ".join(where), values, order_by="id")
            ]

    def retire_template(self, id: str) -> bool:
        with self._connections.write() as db:
            return db.conn.execute(
                "UPDATE templates SET status = 'retired' WHERE id = ?", [id]
            ).rowcount == 1
