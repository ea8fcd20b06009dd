"""No rule and no family is left out of the catalogue that the samples are held against."""

import importlib
import pkgutil

import newsletter.checks
from newsletter.checks import RULES, Rule

MODULES = [
    importlib.import_module(f"newsletter.checks.{module.name}")
    for module in pkgutil.iter_modules(newsletter.checks.__path__)
]


def test_every_rule_that_a_file_makes_is_in_the_catalogue() -> None:
    made = {value.id for module in MODULES for value in vars(module).values() if isinstance(value, Rule)}
    assert made == set(RULES)


def test_every_rule_is_in_the_file_of_its_family() -> None:
    for module in MODULES:
        for rule in getattr(module, "RULES", ()) if module.__name__ != "newsletter.checks.families" else ():
            assert rule.id.partition(".")[0] == module.__name__.rpartition(".")[2]


def test_every_rule_says_how_grave_and_why() -> None:
    for rule in RULES.values():
        assert rule.level in {"error", "warning", "note"}
        assert rule.why.endswith((".", "?"))
        assert 15 < len(rule.why) < 200
