"""The `finetune` command: train, measure, promote, roll back. Each command reads like its help."""

from __future__ import annotations

if __name__ == "__main__":  # before the imports below, so that Ctrl-C in them is no traceback
    import sys

    from assistant.entry import finetune as enter

    sys.exit(enter())

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import click

from assistant.commands import IN_PART, command, offline, output, progress_bar, say
from assistant.errors import BadInput, KefuError, NotFound, UsageError
from assistant.settings import Settings
from finetune import show

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
TRAINED = ("encoder", "intent", "confidence", "response")


@click.group()
@click.version_option(package_name="kefu")
def main() -> None:
    """Learn from dialogues: train, measure, promote, roll back."""


@command(main, "intent")
@click.option("--train", "train_file", type=FILE, help='JSONL rows {"text", "intent"}: measure only.')
@click.option("--test", "test_file", type=FILE, help="JSONL rows to measure on.")
@click.option("--budget", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Minutes.")
@click.option("--encoder", default=None, help="A folder, 'starter' or a model name; default: the settings'.")
def intent(settings: Settings, train_file, test_file, budget: float, encoder: str | None) -> dict:
    """Train an intent model from the home, or measure one on two files (nothing is kept)."""
    if bool(train_file) != bool(test_file):
        raise UsageError("--train and --test go together; without both, the home's dialogues are used.")
    if train_file:
        return _measure_files(settings, train_file, test_file, budget, encoder)
    if encoder:
        raise UsageError("--encoder goes with --train and --test; a home's encoder stands in its settings.")
    return _home_intent(settings)


def _measure_files(settings: Settings, train_file: Path, test_file: Path, budget: float, encoder) -> dict:
    from finetune.intent import evaluate, train

    chosen = replace(settings, encoder=replace(settings.encoder, model=encoder or "starter"))
    embedder = _embedder(chosen)
    taught, bad_train = read_rows(train_file)
    asked, bad_test = read_rows(test_file)
    began = time.monotonic()
    head = train(taught, embedder, seed=settings.training.seed, seconds=budget * 60, say=say)
    seconds = round(time.monotonic() - began, 1)
    say(f"Measuring on {len(asked)} questions")
    figures = evaluate(head, asked, embedder)
    rejected = bad_train + bad_test
    return {
        **{k: figures[k] for k in (*show.FIGURES, "n", "ms")}, "train_seconds": seconds,
        "training": head.notes, "rejected": rejected, "per_intent": figures["per_intent"],
        "confused": figures["confused"], "_show": lambda: show.intent(figures, rejected),
        "_exit": IN_PART if rejected else 0,
    }


def read_rows(path: Path) -> tuple[list, list[str]]:
    """Return (rows, complaints by file and line) of a JSONL file with `text` and `intent`."""
    from finetune.intent import Row

    rows, bad = [], []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 ({error}). Save it as UTF-8 and run again.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, label = row["text"], row["intent"]
            if not isinstance(text, str) or not isinstance(label, str) or not label.strip():
                raise ValueError
            rows.append(Row(text, label.strip()))
        except (ValueError, KeyError, TypeError):
            bad.append(f'{path.name}, line {number}: expected {{"text": "…", "intent": "…"}}, found {line[:60]!r}')
    if not rows:
        raise BadInput(f'{path} holds no row {{"text", "intent"}}' + (f". First problem: {bad[0]}" if bad else "."))
    return rows, bad


def _home_intent(settings: Settings) -> dict:
    from assistant.registry import promote
    from finetune.intent import train_candidate
    from finetune.retrain import first_parts

    with _working(settings, "finetune intent") as (store, embedder):
        version = train_candidate(settings, store, embedder, say=say)
        release = store.releases.current()
        first = not (release and release.intent)
        if first:
            parts = {**first_parts(store, embedder), "intent": version.id}
            promote(store, parts, "finetune intent", "The first intent model.", settings)
    path = settings.models_folder / version.path / "metrics.json"
    figures = json.loads(path.read_text(encoding="utf-8"))
    after = "It serves from now on." if first else f"Compare it: finetune compare. Promote it: finetune promote {version.id}"

    def shown() -> None:
        if figures["n"]:
            show.intent(figures, [])
        output.print(f"{version.id}: {figures['rows']} rows, {figures['n']} held out. {after}", highlight=False, soft_wrap=True)

    return {"version": version.id, "promoted": first, **version.metrics, "_show": shown}


@command(main, "response")
@click.option("--starter", is_flag=True, help="Make the starter model again from its texts.")
@click.option("--texts", type=FOLDER, help="With --starter: the training texts.")
@click.option("--companies", type=FOLDER, help="With --starter: companies in both languages.")
@click.option("--shared", type=FOLDER, help="With --starter: the permitted public sets.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="With --starter: where to.")
@click.option("--minutes", type=click.FloatRange(min=0.1), help="With --starter: of two idle cores; 30.")
def response(settings: Settings, starter: bool, texts, companies, shared, out, minutes: float | None) -> dict:
    """Train a response model on the home's dialogues, or make the starter again."""
    if starter:
        from finetune.starters import remake_response

        return remake_response(settings, texts, companies, shared, out, minutes)
    if texts or companies or shared or out or minutes:
        raise UsageError("--texts, --companies, --shared, --out and --minutes go with --starter.")
    from finetune import dataset as datasets
    from finetune.response import train_candidate

    with _working(settings, "finetune response", needs_encoder=False) as (store, _):
        with progress_bar("Training the response model", 100) as advance:
            version = train_candidate(settings, store, datasets.current(settings, store), _share(advance))
    told = f"{version.id} is kept. Compare it: finetune compare. Promote it: finetune promote {version.id}"
    return {"version": version.id, "promoted": False, **version.metrics, "_show": lambda: output.print(told, soft_wrap=True)}


def _share(advance):
    """Return a function that takes the share done (0 to 1) and moves a bar of 100 steps."""
    done = 0

    def progress(share: float) -> None:
        nonlocal done
        advance(max(0, round(100 * share) - done))
        done = max(done, round(100 * share))

    return progress


@command(main, "encoder")
@click.option("--starter", is_flag=True, help="Make the starter encoder again from its texts.")
@click.option("--shared", type=FOLDER, help="With --starter: the public sets, parallel/ and intent/.")
@click.option("--companies", type=FOLDER, help="With --starter: companies in both languages.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="With --starter: where to.")
@click.option(
    "--minutes", type=click.FloatRange(min=0.1),
    help="Time limit; training.encoder_seconds. With --starter: of two idle cores; 30.",
)
@click.option("--share", type=click.FloatRange(0, 1), default=1.0, help="With --starter: learn from this share of the companies' entries.")
def encoder(settings: Settings, starter: bool, shared, companies, out, minutes, share: float) -> dict:
    """Adapt the encoder to the home's questions, or make the bilingual starter again.

    Trained on FAQs and past questions, measured on held-out ones; nothing is promoted.
    """
    if starter:
        from finetune.starters import remake_encoder

        return remake_encoder(settings, companies, shared, out, minutes, share)
    if shared or companies or out or share != 1:
        raise UsageError("--shared, --companies, --out and --share go with --starter.")
    return _home_encoder(settings, 60 * (minutes or 0))


def _home_encoder(settings: Settings, seconds: float) -> dict:
    from finetune.encoder.adapt import train_candidate

    with _working(settings, "finetune encoder") as (store, embedder), progress_bar("Training the encoder", 100) as advance:
        made = train_candidate(settings, store, embedder, seconds=seconds, say=say, progress=_share(advance))
    version = made.version.id if made.version else ""
    told = (
        f"{version} is kept. Compare it: finetune compare {version}. Let it serve: finetune promote {version}"
        if version else f"Nothing that was tried found more of the held-out questions than {embedder.name}, so nothing is kept."
    )
    result = {"version": version, "base": embedder.name, "promoted": False, "before": made.before, "after": made.after, **made.training}
    return {**result, "_show": lambda: show.encoder(result, told)}


@command(main, "confidence")
@click.option("--starter", is_flag=True, help="Fit the shipped search weights and confidence again.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to; default: the starter's place.")
def confidence(settings: Settings, starter: bool, out: Path | None) -> dict:
    """Refine the confidence by the home's own questions, or fit the shipped one again."""
    if starter:
        from finetune.starters import remake_confidence

        chosen = replace(settings, encoder=replace(settings.encoder, model="starter"))
        return remake_confidence(chosen, _embedder(chosen), out)
    if out:
        raise UsageError("--out goes with --starter; a home's confidence becomes a version.")
    from finetune.home_confidence import train_candidate

    with _working(settings, "finetune confidence") as (store, embedder), progress_bar("Asking", None) as advance:
        version = train_candidate(settings, store, embedder, progress=advance)
    told = f"{version.id} is kept. Compare it: finetune compare. Promote it: finetune promote {version.id}"
    return {"version": version.id, "promoted": False, **version.metrics, "_show": lambda: output.print(told, soft_wrap=True)}


@command(main, "retrain")
def retrain(settings: Settings) -> dict:
    """Learn from what is new, measure, and promote only what is not worse.

    Trains intent and response model; the encoder, on which all else stands, is trained by itself: finetune encoder.
    """
    from finetune.retrain import retrain as learn

    with _working(settings, "finetune retrain") as (store, embedder):
        done = learn(settings, store, embedder, say)
    parts = {
        o.version.part: {
            "version": o.version.id, "promoted": o.ruling.promoted, "reasons": list(o.ruling.reasons),
            "current": show.brief(o.compared.current), "candidate": show.brief(o.compared.candidate),
        }
        for o in done.outcomes
    }
    result = {
        "done": done.news.enough, "reason": done.news.reason, "new_examples": done.news.examples,
        "dataset": done.dataset, "parts": parts, "skipped": list(done.skipped),
        "release": asdict(done.release) if done.release else None,
    }
    return {**result, "_show": lambda: show.retrained(result)}


@command(main, "compare")
@click.argument("candidate", required=False)
@click.argument("current", required=False)
def compare(settings: Settings, candidate: str | None, current: str | None) -> dict:
    """Set a version beside what serves (or beside another one), on held-out conversations.

    Without CANDIDATE: the newest version of each part that does not serve.
    """
    from assistant.gate import rule
    from assistant.registry import version_of
    from finetune import dataset as datasets
    from finetune.measure import compare as measure

    with _working(settings, "finetune compare") as (store, embedder):
        versions = [version_of(store, candidate)] if candidate else _newest(store)
        against = version_of(store, current).id if current else ""
        _comparable(versions, version_of(store, current).part if current else "")
        dataset = datasets.current(settings, store)
        found = [measure(settings, store, embedder, dataset, v, against=against, say=say) for v in versions]
    parts = {
        c.part: {
            "version": v.id, "current": show.brief(c.current), "candidate": show.brief(c.candidate),
            "reasons": [*rule(c.current, c.candidate).reasons, *c.cautions],
            "would_promote": rule(c.current, c.candidate).promoted,
        }
        for v, c in zip(versions, found, strict=True)
    }
    return {"dataset": dataset.id, "parts": parts, "_show": lambda: show.compared(parts)}


def _newest(store) -> list:
    release = store.releases.current()
    serving = set(release.parts().values()) if release else set()
    fits = lambda v: v.part not in ("intent", "confidence") or not release or v.base == release.encoder  # noqa: E731
    newest = [versions[-1] for part in TRAINED if (versions := [v for v in store.releases.versions(part) if fits(v)])]
    return [v for v in newest if v.id not in serving]


def _comparable(versions: Sequence, part: str) -> None:
    if not versions:
        raise UsageError("There is no version that does not serve already. Train one: finetune intent")
    for v in versions:
        if v.part not in TRAINED:
            raise UsageError(f"{v.id} is a version of {v.part}; compared are {', '.join(TRAINED)}.")
        if part and v.part != part:
            raise UsageError(f"{v.id} is a version of {v.part}, the other one of {part}; name two of one part.")


@command(main, "promote")
@click.argument("versions", nargs=-1, required=True)
@click.option("--reason", default="Promoted by hand.", show_default=True)
def promote(settings: Settings, versions: tuple[str, ...], reason: str) -> dict:
    """Let versions serve from now on, whatever the gate thinks of them.

    With an encoder version (or the settings' encoder by its name) all knowledge is encoded again and the heads
    are fitted on it first; the running chat follows at its next question.
    """
    from assistant.assembly import STARTER_CONFIDENCE, open_store
    from assistant.registry import promote

    store = open_store(settings)
    parts = dict(_named(settings, store, name) for name in versions)
    release = store.releases.current()
    if "encoder" in parts and parts["encoder"] != (release.encoder if release else ""):
        return _promoted_encoder(settings, store, parts, reason)
    if release is None:
        base = next((store.releases.version(i).base for p, i in parts.items() if p == "intent"), "")
        parts = {"encoder": base, "confidence": STARTER_CONFIDENCE, **parts}
    return _released(promote(store, parts, "finetune promote", reason, settings), "serves")


def _named(settings: Settings, store, name: str) -> tuple[str, str]:
    """Return (part, version id) of what a person named: a version, a starter, or the settings' encoder."""
    from assistant.registry import STARTERS, settings_of, version_of

    part = next((p for p, id in STARTERS.items() if id == name), None)
    if part:
        return part, name
    try:
        version = version_of(store, name)
        return version.part, version.id
    except NotFound as error:
        try:
            settings_of(settings, store, name)
        except KefuError:
            raise error from None
        return "encoder", name


def _promoted_encoder(settings: Settings, store, parts: dict[str, str], reason: str) -> dict:
    from finetune.promotion import promote_encoder
    from ingest.commands.shared import encoding_bar
    from ingest.lock import sole_writer

    offline(settings)
    with sole_writer(settings.home, "finetune promote"), encoding_bar() as progress:
        done = promote_encoder(settings, store, parts, "finetune promote", reason, say=say, progress=progress)
    return _released(done.release, "serves", encoded=done.encoded, cautions=done.cautions)


@command(main, "rollback")
def rollback(settings: Settings) -> dict:
    """Go back to the release before the one that serves."""
    from assistant.assembly import open_store
    from finetune.promotion import roll_back
    from ingest.commands.shared import encoding_bar
    from ingest.lock import sole_writer

    offline(settings)
    with sole_writer(settings.home, "finetune rollback"), encoding_bar() as progress:
        done = roll_back(settings, open_store(settings), "finetune rollback", say=say, progress=progress)
    return _released(done.release, "serves again", encoded=done.encoded)


def _released(release, verb: str, **more) -> dict:
    parts = ", ".join(f"{part} {id}" for part, id in release.parts().items() if id)

    def shown() -> None:
        output.print(f"Release {release.id} {verb}: {parts}.", highlight=False, soft_wrap=True)
        for line in more.get("cautions", ()):
            say(line, "yellow")

    return {"release": asdict(release), **more, "_show": shown}


@command(main, "versions")
def versions(settings: Settings) -> dict:
    """List versions and releases; the serving ones are marked."""
    from assistant.assembly import open_store

    store = open_store(settings)
    release = store.releases.current()
    serving = set(release.parts().values()) - {""} if release else set()
    rows = [{**asdict(v), "serves": v.id in serving} for v in store.releases.versions()]
    history = [asdict(r) for r in store.releases.history()]
    return {
        "versions": rows, "releases": history, "current": asdict(release) if release else None,
        "_show": lambda: show.versions(rows, history),
    }


# Shared


def _embedder(settings: Settings):
    offline(settings)
    from assistant.knowledge.embedders import load_embedder

    return load_embedder(settings)


class _working:
    """The home's store and encoder, with the command lock held."""

    def __init__(self, settings: Settings, name: str, needs_encoder: bool = True):
        from ingest.lock import sole_writer

        self._settings = settings
        self._lock = sole_writer(settings.home, name)
        self._needs_encoder = needs_encoder
        self._store = None

    def __enter__(self):
        from assistant.assembly import open_store
        from assistant.registry import as_released

        self._lock.__enter__()
        offline(self._settings)
        self._store = open_store(self._settings)
        return self._store, _embedder(as_released(self._settings, self._store)) if self._needs_encoder else None

    def __exit__(self, *error):
        self._store.close()
        return self._lock.__exit__(*error)
