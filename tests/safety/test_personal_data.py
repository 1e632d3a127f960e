"""Masking: what has a form is found, what only looks like it stays."""

import pytest

from assistant.safety.personal import (
    is_card_number,
    is_iban,
    is_identity_number,
    mask,
    own_contacts,
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的邮箱是a.b-c@qq.com。", "我的邮箱是[email]。"),
        ("write to Jane.Doe+shop@mail.example.co.uk, please", "write to [email], please"),
        ("电话13812345678谢谢", "电话[phone]谢谢"),
        ("138-1234-5678 or 138 1234 5678", "[phone] or [phone]"),
        ("手机：１３８１２３４５６７８", "手机：[phone]"),
        ("座机:010-62345678转802", "座机:[phone]"),
        ("(0755) 8234 5678", "[phone]"),
        ("+86 138 1234 5678 and +44 20 7946 0958 and +1-202-555-0143", "[phone] and [phone] and [phone]"),
        ("call 0033 1 84 17 61 18 or 01.84.17.61.18", "call [phone] or [phone]"),
        ("身份证11010519491231002X没错", "身份证[id number]没错"),
        ("card 4111 1111 1111 1111 expired", "card [card] expired"),
        ("DE89 3704 0044 0532 0130 00", "[iban]"),
        ("gb82west12345698765432", "[iban]"),
    ],
)
def test_personal_data_is_masked(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "订单号CE20260311-0472到哪了", "order 202603110472", "SF1234567890123", "价格1999.00元，运费15",
        "2026-03-11 18:30", "it costs 12,345,678 yuan", "110105194912310021", "4111 1111 1111 1112",
        "192.168.100.200", "GB82 WEST 1234 5698 7654 33", "@someone said a@b", "5G 256GB 14.5 kg", "",
        "https://shop.example/p/13812345678",
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert mask(text) == text


def test_the_companys_own_contacts_stay_however_written():
    own = own_contacts(["Ring 400-820-1188 or write to help@shop.example."])
    assert own == {"400-820-1188", "help@shop.example"}
    assert mask("打400 820 1188，或 HELP@shop.example，别打13812345678", own) == "打400 820 1188，或 HELP@shop.example，别打[phone]"


def test_masking_twice_changes_nothing_more():
    once = mask("13812345678 a@b.com 11010519491231002X")
    assert mask(once) == once


def test_check_digits():
    assert is_identity_number("11010519491231002x") and not is_identity_number("110105194912310021")
    assert not is_identity_number("11010519491331002x")
    assert is_card_number("4111111111111111") and not is_card_number("0" * 16) and not is_card_number("411111111111")
    assert is_iban("de89370400440532013000") and not is_iban("de89370400440532013001")
