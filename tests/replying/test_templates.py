"""Templates: blanks and choosing."""

from assistant.records import Template
from assistant.replying.templates import choose, fill

HELLO = Template("a", "greeting", "en", "Hello {customer_name}, this is {company}.")
SHORT = Template("b", "greeting", "en", "Hello from {company}.")
BOUND = Template("c", "greeting", "en", "Bound.", faq="f1")
RETIRED = Template("0", "greeting", "en", "Old.", status="retired")


def test_fill_needs_every_value():
    assert fill(HELLO.text, {"company": "X", "customer_name": "Li"}) == "Hello Li, this is X."
    assert fill(HELLO.text, {"company": "X"}) is None
    assert fill(HELLO.text, {"company": "X", "customer_name": "  "}) is None


def test_a_value_with_braces_is_not_read_again():
    assert fill("{company}", {"company": "{customer_name}", "customer_name": "Li"}) == "{customer_name}"


def test_choose_skips_what_cannot_be_filled_is_bound_or_retired():
    found = choose([HELLO, SHORT, BOUND, RETIRED], "greeting", "en", {"company": "X"})
    assert found == (SHORT, "Hello from X.")
    assert choose([HELLO], "greeting", "en", {}) is None
    assert choose([SHORT], "greeting", "zh", {"company": "X"}) is None
    assert choose([BOUND, SHORT], "greeting", "en", {"company": "X"}, faq="f1") == (BOUND, "Bound.")


def test_choose_is_steady_and_avoids_what_was_said():
    values = {"company": "X", "customer_name": "Li"}
    first = choose([HELLO, SHORT], "greeting", "en", values, seed="c1")
    assert first == choose([SHORT, HELLO], "greeting", "en", values, seed="c1")
    other = choose([HELLO, SHORT], "greeting", "en", values, seed="c1", not_again=[first[0].id])
    assert other[0].id != first[0].id
