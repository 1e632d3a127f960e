import pytest

from assistant.errors import BadInput
from assistant.settings import CHOICES, RANGES, load


def test_environment_stands_above_the_home_which_stands_above_the_default(tmp_path):
    (tmp_path / "settings.toml").write_text("[chat]\nport = 9001\ndesk_port = 9002\n")
    settings = load(tmp_path, {"KEFU_CHAT_PORT": "9100"})
    assert (settings.chat.port, settings.chat.desk_port) == (9100, 9002)
    assert settings.database == tmp_path / "kefu.sqlite"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("[chat]\nport = 'x'\n", "chat.port must be of type int, found 'x'"),
        ("[chat]\nprot = 1\n", "unknown key chat.prot. Known keys: host, port"),
        ("[chats]\nport = 1\n", "unknown section [chats]"),
        ("[chat\n", "is not valid TOML"),
        ("[chat]\nport = true\n", "chat.port must be of type int, found True"),
        ("[company]\nsuggestions_zh = {a = 1}\n", "suggestions_zh must be of type a list of texts"),
        ("[policy]\nanswer_at = nan\n", "policy.answer_at must be from 0 to 1, found nan"),
        ("[policy]\nanswer_at = 7.5\n", "policy.answer_at must be from 0 to 1, found 7.5"),
        ("[encoder]\nbatch = 0\n", "encoder.batch must be from 1 to 65,536, found 0"),
        ("[policy]\nanswer_mode = 'x'\n", "must be auto, generated or verbatim, found 'x'"),
    ],
)
def test_an_error_names_key_value_and_type(tmp_path, body, sentence):
    (tmp_path / "settings.toml").write_text(body)
    with pytest.raises(BadInput) as caught:
        load(tmp_path, {})
    assert sentence in str(caught.value)


def test_a_misspelt_environment_name_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"the environment: unknown key chat\.prot"):
        load(tmp_path, {"KEFU_CHAT_PROT": "9000", "KEFU_HOME": "x", "KEFU_DESK_PASSWORD": "y"})


def test_every_checked_setting_exists_and_its_default_passes(tmp_path):
    plain = load(tmp_path, {})
    for name in (*RANGES, *CHOICES):
        section, key = name.split(".")
        assert hasattr(getattr(plain, section), key)
