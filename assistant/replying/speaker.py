"""Lets a reply out sentence by sentence. (Being written.)"""


def speak(prompt, passages, generator, on_text, **options):
    raise NotImplementedError
