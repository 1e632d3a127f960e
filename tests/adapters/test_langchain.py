"""LangChain's own standard tests over the adapters, and what they don't ask."""

from typing import ClassVar

import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_tests.integration_tests import (
    ChatModelIntegrationTests,
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import ChatModelUnitTests, EmbeddingsUnitTests

from assistant.adapters.langchain import (
    KefuAssistant,
    KefuChatModel,
    KefuEmbeddings,
    KefuRetriever,
    KefuVectorStore,
)
from assistant.adapters.langchain.speech import until
from assistant.errors import BadInput, MissingPart
from assistant.knowledge.live import LiveIndex
from assistant.knowledge.retriever import Retriever
from assistant.records import Faq
from assistant.replying import prompts
from assistant.settings import Retrieval
from tests.fakes import BagEmbedder

FAQS = [
    Faq("R-01", "How long may I return an item?", "You may return it within 30 days.", "en", similar=("return window",)),
    Faq("P-01", "Do you take PayPal?", "Yes, we take PayPal and cards.", "en"),
    Faq("D-01", "How long does delivery take?", "Delivery takes 2 to 4 days.", "en"),
]


class Quoting:
    """Writes the first passage word by word, or the question where there is none."""

    name = "quoting"

    def generate(self, prompt, on_token=None, stop=None):
        text = prompt.passages[0] if prompt.passages else prompt.question
        for i, word in enumerate(text.split(" ")):
            yield word if i == 0 else " " + word


def filled(store, embedder):
    for faq in FAQS:
        hashes = list(store.knowledge.missing(embedder.name, [*faq.phrasings(), faq.answer]).items())
        store.knowledge.keep_vectors(embedder.name, [h for h, _ in hashes], embedder.encode([t for _, t in hashes]))
    store.knowledge.save_faqs(FAQS, embedder.name)
    return store


@pytest.fixture
def index(store, embedder, settings):
    made = LiveIndex(store, embedder.name, embedder.dimension, settings.index_folder)
    made.open()
    return made


class TestEmbeddingsUnit(EmbeddingsUnitTests):
    embeddings_class = KefuEmbeddings
    embedding_model_params: ClassVar = {"embedder": BagEmbedder()}


class TestEmbeddings(EmbeddingsIntegrationTests):
    embeddings_class = KefuEmbeddings
    embedding_model_params: ClassVar = {"embedder": BagEmbedder()}


class TestVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, store, embedder, index):
        return KefuVectorStore(store, embedder, index)


class TestRetriever(RetrieversIntegrationTests):
    retriever_constructor = KefuRetriever
    retriever_query_example = "how long may I return it"

    @pytest.fixture(autouse=True)
    def knowledge(self, store, embedder, index):
        self.params = {"retriever": Retriever(filled(store, embedder), embedder, index, Retrieval())}

    @property
    def retriever_constructor_params(self):
        return self.params

    def test_the_right_faq_comes_first(self, retriever):
        first = retriever.invoke("what is the return window?")[0]
        assert first.metadata["id"] == "R-01" and 0 < first.metadata["score"] <= 1
        assert first.page_content == "How long may I return an item?\nYou may return it within 30 days."


class TestChatModelUnit(ChatModelUnitTests):
    chat_model_class = KefuChatModel
    chat_model_params: ClassVar = {"generator": Quoting()}
    supports_model_override = False  # a KefuChatModel is one model

    @property
    def standard_chat_model_params(self):
        return {}


class TestChatModel(ChatModelIntegrationTests):
    chat_model_class = KefuChatModel
    chat_model_params: ClassVar = {"generator": Quoting()}
    supports_model_override = False  # a KefuChatModel is one model
    returns_usage_metadata = False

    @property
    def standard_chat_model_params(self):
        return {}


def test_passages_stand_in_the_system_message():
    model = KefuChatModel(generator=Quoting())
    system = SystemMessage("Returns take 30 days.\n\nDelivery takes 2 days.")
    assert model.invoke([system, HumanMessage("how long")]).text == "Returns take 30 days."
    assert model.invoke([system, HumanMessage("how long")], stop=["30"]).text == "Returns take "
    with pytest.raises(BadInput, match="user's question"):
        model.invoke([system, AIMessage("hello")])
    with pytest.raises(BadInput, match="'quoting' alone"):
        model.invoke("hi", model="another")


def test_messages_and_prompts_are_inverse():
    history = (("customer", "多久到账"), ("bot", "三天。"))
    prompt = prompts.Prompt("那信用卡呢", ("信用卡5天到账。", "退款原路退回。\n不收手续费。"), history, "zh")
    assert prompts.from_messages(prompts.chat_messages(prompt)) == prompt


@pytest.mark.parametrize("pieces", [["one two ", "STOP three"], ["one two S", "TO", "P", "x"], ["one two ", "ST", "OP"]])
def test_a_stop_string_may_lie_across_pieces(pieces):
    assert "".join(until(pieces, ["STOP", "nothing"])) == "one two "
    assert "".join(until(pieces, [])) == "".join(pieces)


def test_what_is_added_is_found_beside_faqs_and_by_the_chats_own_search(store, embedder, index):
    vectors = KefuVectorStore(filled(store, embedder), embedder, index)
    vectors.add_documents([Document("Gift cards never expire.", id="gift", metadata={"title": "Gift cards", "page": 3})])
    (found, score), *_ = vectors.similarity_search_with_score("gift cards expire", k=2)
    assert found == Document("Gift cards never expire.", id="gift", metadata={"title": "Gift cards", "page": 3})
    assert 0.5 < score <= 1.0001
    faq = vectors.similarity_search("return window", k=1)[0]
    assert faq.id == "faq:R-01" and vectors.get_by_ids(["faq:R-01"])[0].metadata["kind"] == "faq"
    chat = Retriever(store, embedder, index, Retrieval())
    hit = chat.search(chat.query("do gift cards expire"))[0].passage
    assert (hit.said, hit.title) == ("Gift cards never expire.", "Gift cards")
    assert {d.id for d in vectors.max_marginal_relevance_search("gift cards", k=2)} >= {"gift"}


def test_a_faq_with_many_phrasings_counts_once_and_a_retired_one_not_at_all(store, embedder, index):
    vectors = KefuVectorStore(filled(store, embedder), embedder, index)
    many = Faq("M-01", "return", "Ask us.", "en", similar=tuple(f"return return {n}" for n in range(80)))
    store.knowledge.save_faqs([many], embedder.name)
    Retriever(store, embedder, index, Retrieval()).publish_pending()
    assert vectors.similarity_search("return", k=4)[0].id == "faq:M-01"
    assert len({d.id for d in vectors.similarity_search("return", k=4)}) == 4
    store.knowledge.set_status(["M-01"], "retired", embedder.name)
    assert "faq:M-01" not in {d.id for d in vectors.similarity_search("return", k=4)}


def test_knowledge_of_ingest_is_read_only_here(store, embedder, index):
    vectors = KefuVectorStore(filled(store, embedder), embedder, index)
    with pytest.raises(BadInput, match="read-only"):
        vectors.delete(["faq:R-01"])
    with pytest.raises(BadInput, match="read-only"):
        vectors.add_texts(["x"], ids=["faq:R-01"])
    with pytest.raises(BadInput, match="empty"):
        vectors.add_texts(["  "], ids=["blank"])
    vectors.add_texts(["one", "two"], ids=["a", "b"])
    vectors.delete()
    assert vectors.get_by_ids(["a", "b", "faq:P-01"])[0].id == "faq:P-01"


def test_another_encoder_is_refused(tmp_path):
    from langchain_core.embeddings import DeterministicFakeEmbedding

    with pytest.raises(BadInput, match="own encoder"):
        KefuVectorStore.from_texts(["a"], DeterministicFakeEmbedding(size=4), home=tmp_path)


def test_texts_go_into_a_home(tmp_path, embedder):
    made = KefuVectorStore.from_texts(
        ["Gift cards never expire."], KefuEmbeddings(embedder=embedder), [{"n": 1}], ids=["g"], home=tmp_path
    )
    assert made.get_by_ids(["g"]) == [Document("Gift cards never expire.", id="g", metadata={"n": 1})]


def test_a_home_without_a_response_model_says_what_to_do(tmp_path):
    with pytest.raises(MissingPart, match="assistant init"):
        KefuChatModel.open(tmp_path)


class SlowEngine:
    """Says its text in two pieces."""

    def __init__(self, error=None):
        self.error = error

    def reply(self, conversation, text, on_text):
        from assistant.records import Action, Decision, Reply

        on_text("Within ")
        if self.error:
            raise self.error
        on_text("30 days.")
        return Reply("Within 30 days.", Decision(Action.ANSWER, "sure"), "en", "verbatim", confidence=0.9)


def test_the_assistant_is_a_runnable():
    runnable = KefuAssistant(SlowEngine())
    whole = runnable.invoke({"question": "how long", "conversation": "c1"})
    assert (whole["text"], whole["action"], whole["conversation"]) == ("Within 30 days.", "answer", "c1")
    chunks = list(runnable.stream("how long"))
    assert [c["text"] for c in chunks if "text" in c] == ["Within ", "30 days."]
    summed = chunks[0]
    for chunk in chunks[1:]:
        summed = summed + chunk
    assert {k: v for k, v in summed.items() if k != "conversation"} == {k: v for k, v in whole.items() if k != "conversation"}
    assert [r["text"] for r in runnable.batch(["a", "b"])] == ["Within 30 days."] * 2
    assert (runnable | (lambda r: r["text"].upper())).invoke("x") == "WITHIN 30 DAYS."


def test_an_engine_that_fails_fails_the_stream():
    stream = KefuAssistant(SlowEngine(BadInput("too long"))).stream("x")
    assert next(stream)["text"] == "Within "
    with pytest.raises(BadInput, match="too long"):
        next(stream)
    with pytest.raises(BadInput, match="Expected a question"):
        KefuAssistant(SlowEngine()).invoke({"text": "x"})
