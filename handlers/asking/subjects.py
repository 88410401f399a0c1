"""How the subjects of questions are written. What is written otherwise comes into no address of a provider."""

import re

SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Without a beginning: a branch that was made.
RANGE = re.compile(rf"({SHA.pattern})?\.\.\.({SHA.pattern})")
NUMBER = re.compile(r"[0-9]{1,9}")
