"""Log lines of a level and a service."""

import re

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (DEBUG|INFO|WARNING|ERROR) ([a-z]+): .*")
LEVEL = r"(?P<level>DEBUG|INFO|WARNING|ERROR)"
SERVICE = r"(?P<service>[a-z]+)"
WORDINGS = (
    rf"(?P<log>.+)\n\nHow many {LEVEL} lines are from {SERVICE}\?",
    rf"Count what {SERVICE} logged at level {LEVEL}:\n(?P<log>.+)",
    rf"Log:\n(?P<log>.+)\n\nservice={SERVICE} level={LEVEL} count=",
)


def parse(question: str) -> dict[str, list[str] | str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question, re.DOTALL)
        if found:
            lines = found["log"].split("\n")
            if not all(LINE.fullmatch(line) for line in lines):
                raise ValueError("a line that is no log line")
            return {"lines": lines, "level": found["level"], "service": found["service"]}
    raise ValueError("no log")


def count_log_lines(lines: list[str], level: str, service: str) -> int:
    count = 0
    for line in lines:
        _, _, its_level, its_service, *_ = line.split(" ")
        count += its_level == level and its_service == f"{service}:"
    return count
