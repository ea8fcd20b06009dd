"""What leaves the team tells of no single person."""

from newsletter.reports import Figures, Group, merged_small, shared


def test_small_numbers_are_hidden_and_the_others_rounded() -> None:
    assert [shared(number) for number in range(9)] == [0, None, None, None, None, 5, 5, 5, 10]
    assert shared(1_238) == 1_240


def test_a_small_number_does_not_come_out_by_taking_others_from_the_sum() -> None:
    for hidden in range(1, 5):
        sums = {shared(40 + hidden), shared(38 + hidden), shared(42 + hidden)}
        assert sums & {shared(40 + other) for other in range(1, 5) if other != hidden}


def test_groups_of_fewer_than_five_are_told_together() -> None:
    groups = [
        Group("large.example", Figures(candidates=5)),
        Group("one.example", Figures(candidates=1, hard=1)),
        Group("two.example", Figures(candidates=2)),
    ]

    assert [(one.name, one.figures.candidates) for one in merged_small(groups)] == [
        ("large.example", 5),
        ("2 others, fewer than five each", 3),
    ]
