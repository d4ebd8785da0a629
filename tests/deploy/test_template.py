"""What must hold of the templates does, and each of these rules is proven by a defect it finds."""

import pytest

from tests.deploy.invariants import INVARIANTS, Invariant, no_region_no_account_no_anchor
from tests.deploy.mutants import MUTANTS, TEXT_MUTANTS
from tests.deploy.template import FILES, read


@pytest.mark.parametrize(
    ("name", "invariant"),
    [(name, invariant) for name, those in INVARIANTS.items() for invariant in those],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_the_template_holds(name: str, invariant: Invariant) -> None:
    """The rule holds of the template as it is deployed."""
    invariant(read(name))


@pytest.mark.parametrize("name", MUTANTS)
def test_a_defect_is_found(name: str) -> None:
    """The rule that is named for it finds the defect."""
    mutant = MUTANTS[name]
    spoilt = read(mutant.template).copy()
    mutant.spoil(spoilt)
    with pytest.raises((AssertionError, KeyError, ValueError)):
        mutant.found_by(spoilt)


@pytest.mark.parametrize("name", TEXT_MUTANTS)
@pytest.mark.parametrize("template", FILES)
def test_a_defect_of_the_text_is_found(name: str, template: str) -> None:
    """As above, for what only the text shows."""
    with pytest.raises(AssertionError):
        no_region_no_account_no_anchor(TEXT_MUTANTS[name](read(template)))


def test_every_rule_has_its_defect() -> None:
    """No rule is there that could not fail."""
    proven = {mutant.found_by for mutant in MUTANTS.values()} | {no_region_no_account_no_anchor}
    assert proven == {invariant for those in INVARIANTS.values() for invariant in those}
