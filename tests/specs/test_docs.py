"""docs/settings.md is what the specs say."""

from specs import docs
from specs.shop import Shop


def test_the_page_of_settings_is_up_to_date() -> None:
    assert docs.PAGE.read_text() == docs.render(), "write it again: python -m specs.docs"


def test_every_field_of_a_service_is_on_the_page() -> None:
    page = docs.render()
    for field in ("healthPath", "requestsPerTarget", "messagesPerTask", "spotWeight"):
        assert f"`{field}`" in page


def test_every_setting_says_what_it_means() -> None:
    silent = [
        f"{path}.{name}"
        for path, model in (("stack", Shop), *docs.models(Shop))
        for name in model.model_fields
        if name not in docs.meanings(model)
    ]
    assert not silent, "a field without a docstring has no unit and no meaning"
