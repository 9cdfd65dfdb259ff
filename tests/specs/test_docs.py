"""docs/settings.md is what the specs say."""

from devtools.docsgen import settings
from specs.shop import Shop


def test_the_page_of_settings_is_up_to_date() -> None:
    assert settings.PAGE.read_text() == settings.render(), "write it again: python -m devtools.docsgen.settings"


def test_every_field_of_a_service_is_on_the_page() -> None:
    page = settings.render()
    for field in ("healthPath", "requestsPerTarget", "messagesPerTask", "spotWeight"):
        assert f"`{field}`" in page


def test_every_setting_says_what_it_means() -> None:
    silent = [
        f"{path}.{name}"
        for path, model in (("stack", Shop), *settings.models(Shop))
        for name in model.model_fields
        if name not in settings.meanings(model)
    ]
    assert not silent, "a field without a docstring has no unit and no meaning"
