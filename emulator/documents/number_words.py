"""Numbers and amounts in words, as cheques have them: English as letters have it, other languages from num2words
or, where that has them not, from here."""

from __future__ import annotations

from typing import Final

from emulator.imaging.english_numbers import in_words as in_english

_FORMAL: Final = str.maketrans("一二三十万", "壱弐参拾萬")
"""Figures that nobody can change by a stroke (Japanese law on bills, as banks ask for them)."""

_GREEK_ONES: Final = (
    "μηδέν", "ένα", "δύο", "τρία", "τέσσερα", "πέντε", "έξι", "επτά", "οκτώ", "εννέα", "δέκα", "έντεκα", "δώδεκα",
    "δεκατρία", "δεκατέσσερα", "δεκαπέντε", "δεκαέξι", "δεκαεπτά", "δεκαοκτώ", "δεκαεννέα",
)  # fmt: skip
_GREEK_TENS: Final = (
    "",
    "",
    "είκοσι",
    "τριάντα",
    "σαράντα",
    "πενήντα",
    "εξήντα",
    "εβδομήντα",
    "ογδόντα",
    "ενενήντα",
)
_GREEK_HUNDREDS: Final = (
    "", "εκατό", "διακόσια", "τριακόσια", "τετρακόσια", "πεντακόσια", "εξακόσια", "επτακόσια", "οκτακόσια",
    "εννιακόσια",
)  # fmt: skip
_FEMININE: Final = {
    "ένα": "μία", "τρία": "τρεις", "τέσσερα": "τέσσερις", "δεκατρία": "δεκατρείς", "δεκατέσσερα": "δεκατέσσερις",
}  # fmt: skip

_HINDI_WORDS: Final = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ "
    "दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस "
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस "
    "तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस "
    "चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास "
    "पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ "
    "साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी "
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सतासी अट्ठासी नवासी "
    "नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
)
_HINDI: Final = tuple(_HINDI_WORDS.split(" "))
_CHINESE: Final = "零壹贰叁肆伍陆柒捌玖"
MOST: Final = 999_999_999


def amount_in_words(hundredths: int, language: str) -> str:
    """Return what stands before the hundredths on a cheque: the whole units in words; in Chinese all of it. Raises
    ValueError above 999,999,999 units and below zero."""
    whole = hundredths // 100
    if not 0 <= whole <= MOST:
        raise ValueError(f"{whole} is not between 0 and {MOST:,}")
    if language == "zh":
        return _chinese_money(hundredths)
    return number_in_words(whole, language)


def number_in_words(number: int, language: str) -> str:
    """A number in words. Raises ValueError above 999,999,999 and below zero."""
    if not 0 <= number <= MOST:
        raise ValueError(f"{number} is not between 0 and {MOST:,}")
    match language:
        case "en":
            return in_english(number)
        case "el":
            return _greek(number)
        case "hi":
            return _hindi(number)
        case "zh":
            return _chinese(number)
    from num2words import num2words

    found: str = num2words(number, lang=language)
    if language == "es":  # before a noun it loses its o
        return found.replace("veintiuno mil", "veintiún mil").replace("uno mil", "un mil")
    if language == "ja":
        return found.translate(_FORMAL)
    return found.replace(" و ", " و") if language == "ar" else found


def _greek(number: int) -> str:
    if number < 20:
        return _GREEK_ONES[number]
    parts = []
    millions, rest = divmod(number, 1_000_000)
    if millions:
        parts.append("ένα εκατομμύριο" if millions == 1 else f"{_greek(millions)} εκατομμύρια")
    thousands, rest = divmod(rest, 1000)
    if thousands == 1:
        parts.append("χίλια")
    elif thousands:
        words = _greek(thousands).split()
        words = [_FEMININE.get(word, word) for word in words]
        words = [word[:-1] + "ες" if word in _GREEK_HUNDREDS[2:] else word for word in words]
        parts.append(" ".join([*words, "χιλιάδες"]))
    hundreds, rest = divmod(rest, 100)
    if hundreds:
        parts.append("εκατόν" if hundreds == 1 and rest else _GREEK_HUNDREDS[hundreds])
    if 0 < rest < 20:
        parts.append(_GREEK_ONES[rest])
    elif rest:
        tens, ones = divmod(rest, 10)
        parts += [_GREEK_TENS[tens], *([_GREEK_ONES[ones]] if ones else [])]
    return " ".join(parts)


def _hindi(number: int) -> str:
    if number < 100:
        return _HINDI[number]
    parts = []
    for size, name in ((10_000_000, "करोड़"), (100_000, "लाख"), (1000, "हज़ार"), (100, "सौ")):
        count, number = divmod(number, size)
        if count:
            parts.append(f"{_hindi(count)} {name}")
    return " ".join([*parts, *([_HINDI[number]] if number else [])])


def _chinese(number: int) -> str:
    """Say a number in the figures of banks."""
    if number < 10:
        return _CHINESE[number]
    for size, name in ((100_000_000, "亿"), (10_000, "万")):
        if number >= size:
            count, rest = divmod(number, size)
            gap = "零" if 0 < rest < size // 10 else ""
            return f"{_chinese(count)}{name}{gap}{_chinese(rest) if rest else ''}"
    for size, name in ((1000, "仟"), (100, "佰"), (10, "拾")):
        if number >= size:
            count, rest = divmod(number, size)
            gap = "零" if 0 < rest < size // 10 else ""
            return f"{_CHINESE[count]}{name}{gap}{_chinese(rest) if rest else ''}"
    raise AssertionError(number)


def _chinese_money(hundredths: int) -> str:
    whole, part = divmod(hundredths, 100)
    jiao, fen = divmod(part, 10)
    if not part:
        return f"{_chinese(whole)}元整"
    text = f"{_chinese(whole)}元" if whole else ""
    text += f"{_CHINESE[jiao]}角" if jiao else ("零" if whole else "")
    return text + (f"{_CHINESE[fen]}分" if fen else "整")


assert len(_HINDI) == 100
