"""What is on documents is of the country: numbers that others check, addresses, rates, households, number words."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from importlib import import_module
from random import Random

import pytest
from document_pages import source_of, wanted
from stdnum import iban, luhn

from emulator.documents.countries import country
from emulator.documents.identifiers import account, tax_number
from emulator.documents.invention import Invention, invent, number_from
from emulator.documents.languages import codes, language
from emulator.documents.number_words import amount_in_words, number_in_words
from emulator.documents.truth import PageTruth

TAX = {
    "en": "gb.vat", "de": "de.vat", "fr": "fr.tva", "es": "es.cif", "it": "it.iva", "pl": "pl.nip", "el": "gr.vat",
    "ru": "ru.inn", "he": "il.hp", "hi": "in_.gstin", "zh": "cn.uscc", "ko": "kr.brn",
}  # fmt: skip
POSTCODES = {
    "en": r"[A-Z]{1,2}\d{1,2} \d[A-Z]{2}", "de": r"\d{5}", "fr": r"\d{5}", "es": r"\d{5}", "it": r"\d{5}",
    "pl": r"\d\d-\d{3}", "el": r"\d{3} \d\d", "ru": r"\d{6}", "ar": r"\d{5}", "he": r"\d{7}", "hi": r"\d{6}",
    "ja": r"\d{3}-\d{4}", "zh": r"\d{6}", "ko": r"\d{5}",
}  # fmt: skip
TELEPHONES = {
    "en": r"0\d{2,3} \d{3,4} 0\d{3}", "de": r"0\d+ \d[\d ]+", "fr": r"0\d( \d\d){4}", "es": r"9\d+( \d{2,3}){2,3}",
    "it": r"0\d+ \d{3,4} \d{4}", "pl": r"\d\d \d{3} \d\d \d\d", "el": r"2\d{2,4} \d{2,3} \d{3,4}",
    "ru": r"\+7 \d{3} \d{3}-\d\d-\d\d", "ar": r"\+971 \d \d{3} \d{4}", "he": r"0\d-\d{3}-\d{4}",
    "hi": r"0\d{3}-\d{7}", "ja": r"0\d{1,2}-\d{3,4}-\d{4}", "zh": r"0\d{2,3}-\d{4}-\d{4}",
    "ko": r"0\d{1,2}-\d{3}-\d{4}",
}  # fmt: skip


def inventions(code: str, count: int = 40) -> list[Invention]:
    return [invent(seed, code) for seed in range(count)]


def valid_tax_number(code: str, number: str) -> bool:
    if code == "ar":
        return re.fullmatch(r"100\d{12}", number) is not None
    if code == "ja":
        return number[0] == "T" and import_module("stdnum.jp.cn").is_valid(number[1:])
    return bool(import_module(f"stdnum.{TAX[code]}").is_valid(number))


@pytest.mark.parametrize("code", codes())
def test_tax_numbers_are_valid(code: str) -> None:
    random = Random(code)
    numbers = {tax_number(country(code), random).value for _ in range(200)}
    assert len(numbers) > 195
    assert all(valid_tax_number(code, number) for number in numbers)
    if code == "fr":
        assert all(import_module("stdnum.fr.siren").is_valid(number[4:]) for number in numbers)


@pytest.mark.parametrize("code", codes())
def test_accounts_are_those_of_the_country_and_valid(code: str) -> None:
    land, random = country(code), Random(code)
    for _ in range(200):
        details = {detail.key: detail.value for detail in account(land, random).details}
        if "iban" in details:
            assert details["iban"][:2] == land.code
            assert iban.is_valid(details["iban"])  # the country's length and form, and Spain's own check digits
        assert ("iban" in details) == (code not in ("ru", "hi", "ja", "zh", "ko"))
        number = details.get("iban", "")[4:]
        if code == "en":
            assert number[4:] == details["sort_code"] + details["account"]
        elif code == "fr":
            assert (int(number[:21]) * 100 + int(number[21:])) % 97 == 0  # the key of the RIB
        elif code == "pl":
            weights = (3, 9, 7, 1, 3, 9, 7, 1)
            assert sum(int(figure) * weight for figure, weight in zip(number, weights, strict=False)) % 10 == 0
        elif code == "ru":
            assert re.fullmatch(r"04\d{7}", details["bik"])
            bank = (details["bik"][-3:], "0" + details["bik"][4:6])
            for start, key in zip(bank, ("account", "correspondent"), strict=True):
                figures = [int(figure) for figure in start + details[key]]
                assert sum(f * w for f, w in zip(figures, (7, 1, 3) * 8, strict=False)) % 10 == 0
        elif code == "zh":
            assert luhn.is_valid(details["account"])
        elif code == "hi":
            assert re.fullmatch(r"[A-Z]{4}0\d{6}", details["ifsc"])


def test_the_key_of_an_italian_account_is_that_of_a_published_example() -> None:
    from emulator.documents.identifiers import _cin

    assert _cin("0542811101000000123456") == "X"  # IT60 X054 2811 1010 0000 0123 456, the registry's example


@pytest.mark.parametrize("code", codes())
def test_addresses_have_the_form_of_the_country(code: str) -> None:
    land = country(code)
    cities = {name for name, _, _ in land.towns}
    for made in inventions(code):
        for address in (made.company.address, made.person.address):
            assert re.fullmatch(POSTCODES[code], address.postcode)
            assert re.fullmatch(TELEPHONES[code], address.telephone), address.telephone
            assert address.city in cities
            block = "\n".join(address.block("NAME"))
            assert all(part in block for part in ("NAME", address.street, address.city, address.postcode))
            (number,) = re.findall(r"\d+", address.street)[-1:]
            assert 1 <= int(number) <= 300
            assert not number.startswith("0")
    first = land.block[0]
    assert ("postcode" in first) == (code in ("ja", "zh"))


@pytest.mark.parametrize("code", codes())
def test_companies_have_forms_of_the_country_and_no_foreign_words(code: str) -> None:
    for made in inventions(code):
        name = made.company.name
        assert made.company.web.endswith(".example")
        assert len(made.company.web) > 14
        if code in ("ar", "he", "hi"):
            assert not re.search("[A-Za-z]", name), name
        if code in ("ja", "zh", "ko"):
            assert re.search("会社|商店|公司|회사", name)


# Of a hundredth: what the country takes of goods for an office, and when that changed. From the countries' laws.
STANDARD = {
    "en": "20", "de": "19", "fr": "20", "es": "21", "it": "22", "pl": "23", "el": "24", "ru": "20", "ar": "5",
    "hi": "18", "ja": "10", "zh": "13", "ko": "10",
}  # fmt: skip
FOOD = {
    "en": {"0", "20"}, "de": {"7", "19"}, "fr": {"5.5"}, "es": {"0", "2", "4", "10"}, "it": {"4", "10", "22"},
    "pl": {"0", "5", "23"}, "el": {"13"}, "ru": {"10", "20"}, "ar": {"5"}, "he": {"0", "17", "18"},
    "hi": {"0", "5", "12", "18"}, "ja": {"8"}, "zh": {"0", "9", "13"}, "ko": {"0", "10"},
}  # fmt: skip


def fields_of(truth: PageTruth) -> dict[str, str]:
    return {field.name: field.value for field in truth.fields}


def exactly(value: Decimal, code: str) -> Decimal:
    return value.quantize(Decimal("0.01") if language(code).decimal else Decimal(1), ROUND_HALF_UP)


@pytest.mark.parametrize("code", codes())
def test_invoices_are_taxed_at_the_rate_of_their_day(code: str) -> None:
    source = source_of(*["invoice"] * 8, language=code, seed=6)
    for index in range(8):
        fields = fields_of(source.truth(index, wanted(25)))
        day = date.fromisoformat(fields["date"])
        rate = Decimal(STANDARD.get(code) or ("18" if day >= date(2025, 1, 1) else "17"))
        net, vat = Decimal(fields["subtotal"]), Decimal(fields["vat"])
        assert net + vat == Decimal(fields["total"])
        if code == "hi":
            half = exactly(net * rate / 200, code)
            assert (Decimal(fields["cgst"]), Decimal(fields["sgst"]), vat) == (half, half, 2 * half)
        else:
            assert vat == exactly(net * rate / 100, code)
        assert valid_tax_number(code, fields["tax_number"])
        assert date.fromisoformat(fields["supply_date"]) < day
        assert fields["bank_name"] in {name for name, _ in country(code).banks}


@pytest.mark.parametrize("code", codes())
def test_receipts_tell_the_tax_of_each_rate(code: str) -> None:
    source = source_of(*["receipt"] * 8, language=code, seed=6)
    seen = set()
    for index in range(8):
        truth = source.truth(index, wanted(25))
        (taxes,) = [table for table in truth.tables if table.name == "taxes"]
        rows = [{cell.column: cell.value for cell in row.cells} for row in taxes.rows]
        for row in rows:
            seen.add(row["rate"])
            gross, rate = Decimal(row["gross"]), Decimal(row["rate"])
            assert Decimal(row["tax"]) == exactly(gross * rate / (100 + rate), code)
        fields = fields_of(truth)
        assert sum(Decimal(row["gross"]) for row in rows) == Decimal(fields["total"])
        assert sum(Decimal(row["tax"]) for row in rows) == Decimal(fields["vat"])
    assert seen <= FOOD[code]


@pytest.mark.parametrize("code", codes())
def test_prices_are_those_of_the_articles(code: str) -> None:
    """Clips are cheaper than chairs, in every country."""
    goods = language(code).goods
    prices: dict[str, list[Decimal]] = {item: [] for item in goods}
    source = source_of(*["invoice"] * 8, language=code, seed=2)
    for index in range(8):
        (items,) = [table for table in source.truth(index, wanted(25)).tables if table.name == "items"]
        for row in items.rows:
            cells = {cell.column: cell.value for cell in row.cells}
            prices[cells["item"]].append(Decimal(cells["price"]))
    paper, pen, cabinet, chair, clips = (prices[goods[at]] for at in (0, 1, 3, 6, 8))
    assert max(pen + clips) < min(paper)
    assert max(paper) * 8 < min(chair + cabinet)


@pytest.mark.parametrize("code", codes())
def test_a_statement_is_that_of_a_household(code: str) -> None:
    transactions = language(code).transactions
    for pages in (1, 3):
        source = source_of(f'kind = "statement"\npages = {pages}', language=code, seed=pages)
        booked: dict[tuple[str, str], list[Decimal]] = {}
        days = []
        for index in range(pages):
            truth = source.truth(index, wanted(25))
            for row in next(table for table in truth.tables if table.name == "bookings").rows:
                cells = {cell.column: cell.value for cell in row.cells}
                days.append(cells["date"])
                amount = Decimal(cells.get("amount") or cells.get("credit", 0)) - Decimal(cells.get("debit", 0))
                booked.setdefault((cells["details"], cells["date"][:7]), []).append(amount)
            first, last = fields_of(truth)["period"].split("/")
            assert first <= days[0] and days[-1] <= last
        assert days == sorted(days)
        months = {month for _, month in booked}
        assert len(months) == max(1, round(len(days) / 30))
        for month in months:
            (salary,), (rent,) = booked[transactions[0], month], booked[transactions[1], month]
            assert salary > 0 > rent
            assert salary > -rent
        assert all(
            amount < 0 for (what, _), amounts in booked.items() if what != transactions[0] for amount in amounts
        )
        assert len({booked[transactions[1], month][0] for month in months}) == 1


WORDS = {
    ("en", 1683): "one thousand six hundred and eighty-three",
    ("de", 1683): "eintausendsechshundertdreiundachtzig",
    ("fr", 1683): "mille six cent quatre-vingt-trois",
    ("es", 21001): "veintiún mil uno",
    ("it", 1683): "milleseicentottantatré",
    ("pl", 1683): "tysiąc sześćset osiemdziesiąt trzy",
    ("el", 1683): "χίλια εξακόσια ογδόντα τρία",
    ("el", 23114): "είκοσι τρεις χιλιάδες εκατόν δεκατέσσερα",
    ("el", 204200): "διακόσιες τέσσερις χιλιάδες διακόσια",
    ("ru", 1683): "одна тысяча шестьсот восемьдесят три",
    ("ar", 1683): "ألف وستمائة وثلاثة وثمانون",
    ("he", 21): "עשרים ואחת",
    ("hi", 1683): "एक हज़ार छह सौ तिरासी",
    ("hi", 2_50_045): "दो लाख पचास हज़ार पैंतालीस",
    ("ja", 21683): "弐萬千六百八拾参",
    ("zh", 1683): "壹仟陆佰捌拾叁",
    ("zh", 20010): "贰万零壹拾",
    ("ko", 1683): "천육백팔십삼",
}


@pytest.mark.parametrize(("code", "number"), WORDS)
def test_numbers_in_words(code: str, number: int) -> None:
    assert number_in_words(number, code) == WORDS[code, number]


def test_chinese_money_has_its_own_words() -> None:
    found = [amount_in_words(hundredths, "zh") for hundredths in (168320, 100005, 50, 2000000)]
    assert found == ["壹仟陆佰捌拾叁元贰角整", "壹仟元零伍分", "伍角整", "贰万元整"]


@pytest.mark.parametrize("code", codes())
def test_cheques_say_their_sum_in_words(code: str) -> None:
    source = source_of(*["cheque"] * 3, language=code, seed=9)
    for index in range(3):
        fields = fields_of(source.truth(index, wanted(25)))
        hundredths = int(Decimal(fields["amount"]) * 100)
        words = amount_in_words(hundredths, code)
        assert words.lower() in fields["amount_words"].lower()
        assert not re.search(r"\d", words)


def test_letters_begin_as_the_language_has_it() -> None:
    """After a salutation with a comma German and Polish go on in small letters; English does not."""
    first = {code: language(code).sentences[0][0] for code in codes()}
    assert {code for code, letter in first.items() if letter.islower()} == {"de", "pl", "el"}


@pytest.mark.parametrize("code", codes())
def test_letters_greet_a_man_and_a_woman_as_the_language_has_it(code: str) -> None:
    words = language(code)
    named = [re.sub(r"\\\{(last|name)\\\}", "(.+)", re.escape(pattern)) for pattern in words.named_salutations]
    source = source_of(*["letter"] * 8, language=code, seed=4)
    greetings = set()
    for index in range(8):
        truth = source.truth(index, wanted(25))
        recipient = fields_of(truth)["recipient"]
        texts = [line.text for line in truth.lines]
        found = [
            match
            for pattern in named
            for text in texts
            if text != words.salutation and (match := re.fullmatch(pattern, text))
        ]
        assert bool(found) != (words.salutation in texts)
        greetings.add(found[0][0] if found else words.salutation)
        assert all(name in recipient for match in found for name in match.groups())
        assert (words.named_closing in texts) == (bool(words.named_closing) and bool(found))
    assert len(greetings) > 1 or not words.named_salutations


def test_people_write_different_remarks() -> None:
    source = source_of(*["order-form"] * 10, seed=1)
    remarks = {fields_of(source.truth(index, wanted(25)))["remarks"] for index in range(10)}
    assert len(remarks) >= 3


@pytest.mark.parametrize("code", codes())
def test_no_identity_card_is_without_its_specimen(code: str) -> None:
    truth = source_of("id-card", language=code).truth(0, wanted(100))
    assert fields_of(truth)["specimen"] == "SPECIMEN"
    assert [word.text for word in truth.words].count("SPECIMEN") == 1


def test_mailboxes_lose_no_letter() -> None:
    """What Unicode does not take apart is written as people there write it."""
    told = {"ß": "ss", "ü": "ue", "ö": "oe", "ä": "ae", "ł": "l", "é": "e", "ñ": "n"}
    met: set[str] = set()
    for code, letters in {"de": "ßüöä", "pl": "ł", "fr": "é", "es": "ñ"}.items():
        for seed in range(120):
            made = invent(seed, code)
            for person in (made.person, made.clerk):
                name = f"{person.first}.{person.last}".lower()
                plain = "".join(told.get(letter, letter) for letter in name)
                if plain.isascii() and plain.replace(".", "").isalpha():
                    assert person.mail == f"{plain}@mail.example"
                    met |= set(name) & set(letters)
    assert met == set("ßüöäłéñ")


@pytest.mark.parametrize("code", codes())
def test_invoices_go_to_companies_and_to_people(code: str) -> None:
    source = source_of('kind = "invoice"\ncopies = 12', language=code, seed=2)
    companies = 0
    for index in range(12):
        truth = source.truth(index, wanted(50))
        made = invent(number_from(truth.seed, truth.set, truth.document), code)
        (said,) = [field.value for field in truth.fields if field.name == "customer"]
        known = {made.partner.name: made.partner, made.person.name: made.person}
        (name,) = [name for name in known if name in said]
        assert known[name].address.city in said
        companies += name == made.partner.name
    assert 3 <= companies <= 11
