import time

import pytest

from assistant.understanding.person import Wish, asks_for_a_person, wish_for_a_person


@pytest.mark.parametrize("text", [
    "agent!!", "HUMAN", "AGENT AGENT AGENT", "real person please", "OPERATOR", "repersentative plese", "live agent", "customer service",
    "can I talk to someone?", "I'd like to be connected to a live representative.",
    "put me through to billing, the billing department please",
    "tranfer me to a reprsentative", "tlak to a humna", "wud like 2 talk 2 a person", "let me speak to whoever's in charge",
    "how do I reach a human being", "is there a real person there", "stop with the bot and give me someone", "no bots please",
    "I don't want to chat with a machine", "Could a member of your staff take over this conversation?", "have one of your people call me",
    "My parcel is lost. Your answers don't help. Get me a manager.", "screw this. agent.", "escalate this to a supervisor",
])
def test_a_person_is_asked_for_in_english(text):
    assert asks_for_a_person(text)


@pytest.mark.parametrize("text", [
    "人工", "人工人工人工", "转人工", "轉真人客服", "转仁工", "人 工", "zhuan rengong", "rengong", "zhuan人工", "找个活人跟我说", "我不想跟机器人聊",
    "叫你们经理来跟我说", "有真人在吗", "能否请一位同事来协助我", "你答的不对，换人工", "机器人别说了，转接！", "让你们店长给我打电话", "我要和人说话",
    "要怎样才能跟你们的人说上话", "别再自动回复了", "唔該幫我轉真人", "我要human", "转 live agent 谢谢", "客服呢？", "给我转人", "请升级到主管处理",
])
def test_a_person_is_asked_for_in_chinese(text):
    assert asks_for_a_person(text)


@pytest.mark.parametrize("text", [
    "", "?!", "is this bag real leather", "Can I transfer money to a person abroad?", "delivery agent called me",
    "what cleaning agent is safe",
    "do I need an operator licence", "can I use an agent discount", "can someone else collect my parcel",
    "I need someone to install the washer",
    "no need for an agent, thanks", "I don't need to talk to a human", "do I have to speak to someone to cancel",
    "an agent told me five days",
    "I spoke to a manager yesterday", "customer service hours", "if I talk to an agent, is it recorded", "anyone there?",
    "hello customer service",
    "are you a human?", "how do I turn off automatic replies", "the shop told me to speak to customer service",
    "can my son talk to someone in the game",
    "your hotline won't put me through", "how many people can the tent sleep", "my manager needs an invoice",
    "human hair extensions please",
])
def test_near_misses_in_english(text):
    assert not asks_for_a_person(text)


@pytest.mark.parametrize("text", [
    "人工费多少", "人工智能手表", "转人工智能专业", "找人工作", "人工客服几点上班", "客服电话", "客服你好", "在吗", "不用转人工了", "别转人工", "不需要人工，你说就行",
    "真人秀", "真的吗", "转账给别人", "文件怎么转给同事", "昨天人工客服说会退款", "我跟客服说过了", "你是真人吗", "能换个人收货吗", "能叫个人上门装吗",
    "个人公积金怎么转", "机器人吸尘器怎么用", "经理推荐的产品", "怎么关闭自动回复", "人工审核多久", "两个人多少钱", "应聘客服专员要什么条件",
])
def test_near_misses_in_chinese(text):
    assert not asks_for_a_person(text)


@pytest.mark.parametrize(("text", "wish"), [
    ("get me a human", Wish.PLAIN), ("转人工", Wish.PLAIN), ("how do I reach a human?", Wish.VOICED), ("怎么转人工", Wish.VOICED),
    ("有人工客服吗", Wish.VOICED), ("How long does it take? Just get me a human.", Wish.PLAIN), ("where is my parcel", Wish.NONE),
])
def test_a_question_with_a_likely_answer_is_less_plain(text, wish):
    assert wish_for_a_person(text) == wish


def test_long_messages_are_read_in_time():
    started = time.perf_counter()
    assert not asks_for_a_person("the package of the my an of real live wooden " * 90)
    assert not asks_for_a_person("我想要给你们的一个帮我来看" * 300)
    assert not asks_for_a_person("给我帮我来一个位名" * 220)  # every part may be read in two ways
    assert time.perf_counter() - started < 2
