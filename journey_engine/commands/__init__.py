"""One command a file, found by the file's name; a command says what the engine did and decides nothing itself.

`send_test.py` holds the function `send_test` and is called `journeys send-test`; a name that Python keeps for itself
takes an underscore (`import_.py`, `import_`). The function's docstring is the help text, what it returns the exit code:
None or FINE, or FINDINGS; errors.UsageError, errors.Held and any other JourneysError end it with USAGE, HELD and
FINDINGS. A parameter `settings: FromProject` receives the settings of the project folder.
"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.language.words import Language
from journey_engine.settings import Settings

FINE = 0
FINDINGS = 1
USAGE = 2
HELD = 3

FromProject = Annotated[Settings, Parameter(parse=False)]
Spoken = Annotated[Language | None, Parameter(help="The policy's language if none is given.")]
