"""Check digits of an IBAN, found by trying all of them."""

import re

LENGTHS = {"DE": 18, "BE": 12, "DK": 14, "FI": 14, "NO": 11, "PL": 24, "ES": 20, "AT": 16}
WORDINGS = (
    r"Check digits of an IBAN: country (?P<country>[A-Z]{2}), account (?P<account>\d+)\?",
    r"(?P<country>[A-Z]{2})\?\? (?P<account>[\d ]+): which two digits replace the question marks of this IBAN\?",
    r"Account (?P<account>\d+) in (?P<country>[A-Z]{2})\. IBAN check digits:",
)


def parse(question: str) -> dict[str, str]:
    for wording in WORDINGS:
        found = re.fullmatch(wording, question)
        if found:
            account = found["account"].replace(" ", "")
            if LENGTHS.get(found["country"], len(account)) != len(account):
                raise ValueError("an account of another length than the country has")
            return {"country": found["country"], "account": account}
    raise ValueError("no account")


def remainder(digits: str) -> int:
    rest = 0
    for digit in digits:
        rest = (10 * rest + int(digit)) % 97
    return rest


def iban_digits(country: str, account: str) -> str:
    letters = "".join([str(ord(letter) - 55) for letter in country])
    for number in range(2, 99):
        if remainder(f"{account}{letters}{number:02}") == 1:
            return f"{number:02}"
    raise ValueError("no digits pass")
