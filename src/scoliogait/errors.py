"""The exceptions of scoliogait.

Each message is one line that says which file or field is meant, what was expected, what came, and what to do about it.
The command line prints that line and exits with code 2; library code lets it rise.
"""


class ScoliogaitError(Exception):
    """Base of every error that a user can mend."""


class DataError(ScoliogaitError):
    """A walk, a tree, a store, a partition or an array is not what it must be."""


class NotUsableError(DataError):
    """A recording was read and shows no walk that could be screened; the message says how to record it better."""


class MissingPackageError(ScoliogaitError):
    """What is asked for needs packages of an extra that is not installed; the message has the install command."""


class RecipeError(ScoliogaitError):
    """A recipe or one of its values is not valid."""


class ModelError(ScoliogaitError):
    """A checkpoint, a bundle or a model input does not fit."""
