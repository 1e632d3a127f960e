"""A home with two FAQs and two people at the desk, and the page scripts run without a browser."""

import dataclasses
import secrets

import pytest
from echo_engine import EchoEngine

from assistant.records import Faq
from assistant.settings import Settings
from assistant.store import Store
from ui import house as house_module
from ui.house import House
from ui.replies import Replies

FAQS = (
    Faq("ship-zh", "几天能发货？", "下单后 48 小时内发货。", "zh", pair="ship", category="物流"),
    Faq(
        "ship-en", "When will it ship?", "Within 48 hours.", "en", pair="ship", category="Delivery"
    ),
)


@pytest.fixture
def settings(tmp_path):
    plain = Settings(home=tmp_path)
    company = dataclasses.replace(plain.company, name_zh="栗子数码", name_en="Chestnut")
    return dataclasses.replace(plain, company=company)


@pytest.fixture
def store(settings):
    store = Store.open(settings.database)
    store.knowledge.save_faqs(FAQS, encoder="")
    yield store
    store.close()


@pytest.fixture
def home(settings, store):
    """Return the house that page scripts see, with an echo for an engine."""
    home = House(settings, store, Replies(EchoEngine(store), store))
    house_module.move_in(home)
    yield home
    house_module.move_in(None)


@pytest.fixture
def visitor(monkeypatch):
    """Return a customer's cookie value, found in every page script that asks."""
    value = secrets.token_urlsafe(32)
    monkeypatch.setattr("ui.doors.visitor_in", lambda cookies: value)
    return value
