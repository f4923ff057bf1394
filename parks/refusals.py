"""Why a step in the life of a report was refused; each text is a sentence for the person who tried."""


class TransitionError(Exception):
    """The step cannot be taken as things stand; the text says why, for the person who tried."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StaleVersion(TransitionError):
    """The page was opened before somebody else saved; `commitments` are the ones that differ from what was sent."""

    def __init__(self, message: str, commitments: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.commitments = commitments


class BlankFigures(TransitionError):
    """Figures are still blank; `commitments` are the ones without an answer."""

    def __init__(self, message: str, commitments: tuple[int, ...]) -> None:
        super().__init__(message)
        self.commitments = commitments


class UnexplainedFigures(TransitionError):
    """Figures are unusual and nobody said why; `commitments` are the ones without a word."""

    def __init__(self, message: str, commitments: tuple[int, ...]) -> None:
        super().__init__(message)
        self.commitments = commitments


class ImpossibleFigures(TransitionError):
    """Figures contradict each other; `commitments` are the parts that are larger than their whole."""

    def __init__(self, message: str, commitments: tuple[int, ...]) -> None:
        super().__init__(message)
        self.commitments = commitments
