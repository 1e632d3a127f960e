import pytest

from assistant.errors import BadInput
from assistant.settings import load


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
    ],
)
def test_an_error_names_key_value_and_type(tmp_path, body, sentence):
    (tmp_path / "settings.toml").write_text(body)
    with pytest.raises(BadInput) as caught:
        load(tmp_path, {})
    assert sentence in str(caught.value)
