"""A learned second look at the structural reading: it revises the choice of blocks where it is sure.

`features` describes a block in whole numbers, `model` weighs them by committed trees, `decision` acts on the
outcome. What trained the trees is in `training/`, at the top of the repository.
"""

from archive.extract.learned.decision import revise
from archive.extract.learned.model import WeightsError, load

__all__ = ["WeightsError", "load", "revise"]
