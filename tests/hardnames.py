"""A thousand names that mail programs, templates and databases have stumbled over, always the same ones."""

import random
import unicodedata

#: What the edition of a test marks its places with: somebody is called so too.
MARKER_WORDS = ("GREETING", "STOP", "REASON", "BGREETING")

HAND_PICKED = [
    *(
        "Ada Lovelace",
        "O'Brien",
        "Dr. Ada Lovelace, PhD",
        'Ada "Countess" Lovelace',
        "Ada \\ Lovelace",
        '"',
        "\\",
    ),
    *(
        '"Ada"',
        "'Ada'",
        "Ada\\",
        '\\"',
        "Ada (she/her)",
        "Ada, Ben; Cleo: all (of them)",
        "<ada@example.org>",
    ),
    *(
        "ada@example.org",
        "Ada <script>alert(1)</script>",
        "<b>Ada</b>",
        "&amp;",
        "&#8217;",
        "Ada & Ben",
        "]]>",
        "<!--",
    ),
    *(
        "ليلى الأمين",
        "שרה כהן",
        "محمد O'Brien محمد",
        "نرگس می\u200cخواهد",
        "नेहा शर्मा",
        "ปัณณ์",
        "李明",
        "김민준",
        "さくら",
    ),
    *(
        "Łukasz Żółć",
        "Ångström",
        "Zoë",
        "Siân Ŵyn",
        "Đặng Thị Ánh",
        "Ὀδυσσεύς",
        "Ѳёдоръ",
        "İpek ıŞık",
        "ß ẞ ﬁ",
    ),
    *("👩‍🔬", "Zoë 👩‍👩‍👧‍👧", "🏳️‍🌈 Sam", "👨🏿‍🦱", "🇬🇧🏴󠁧󠁢󠁷󠁬󠁳󠁿", "👩‍👩‍👧‍👧" * 40, "🧑" * 200),
    *(
        "e\u0301\u0301\u0301",
        "Z" + "\u0335\u0353\u0301" * 30,
        "\u0301Ada",
        "a\u0308o\u0308u\u0308" * 20,
        "क्षि" * 60,
    ),
    *(
        "a" * 200,
        "ü" * 200,
        "א" * 200,
        "字" * 200,
        "x" * 76,
        "x" * 75,
        "x" * 74,
        "ab " * 66,
        "Donaudampfschiff" * 12,
    ),
    *(
        "=?utf-8?B?QWRh?=",
        "=?utf-8?Q?=41da?=",
        "=?utf-8?B?…?=",
        "=?",
        "?=",
        "=?us-ascii?q?x?= =?us-ascii?q?y?=",
        "=3D",
        "=20",
    ),
    *(
        "{{stop}}",
        "{{ greeting }}",
        "{% raw %}",
        "{name}",
        "{0}",
        "{}",
        "$name",
        "${name}",
        "%(name)s",
        "%s",
        "100 %",
        "%00",
    ),
    *(
        "Ada\u00a0Lovelace",
        "\u00a0",
        "two  blanks",
        "a   b",
        " leading",
        "trailing ",
        "\u2003em",
        "thin\u2009space",
        "\u3000",
    ),
    *(
        ".",
        "..",
        ".Ada",
        "...",
        "-",
        "--",
        "--=_a",
        "--=_aAAAA--",
        "From me",
        "From ",
        "From: x",
        ">From",
        "Bcc: x",
        "To: y",
    ),
    *(
        "\u202eadA",
        "Ada\u202c",
        "\u2066Ada\u2069",
        "\u200fAda",
        "\u200eליאת",
        "\u061cعلي",
        "\ufeffAda",
        "A\u00adda",
        "\u200bAda",
    ),
    *(
        "NULL",
        "null",
        "None",
        "undefined",
        "true",
        "0",
        "1e309",
        "-1",
        "'; DROP TABLE contacts; --",
        "=HYPERLINK(1)",
        "@SUM",
    ),
    *(
        "a@b, c@d",
        "group: a, b;",
        "Ada <x> <y>",
        "(unclosed",
        "unclosed)",
        "[brackets]",
        "semi;colon",
        "co:lon",
        "`tick`",
        "~",
        "|",
    ),
    *(
        "\ue000 private",
        "\U0010fffd",
        "\ufffd",
        "\ufffc",
        "\u034f",
        "Ⓐⓓⓐ",
        "𝔸𝕕𝕒",
        "Å",
        "Å",
        "ﷺ",
        "꧅",
        "𒐫",
        "‽",
    ),
]

#: What no form takes, and what another program may have put into the database nevertheless.
HOSTILE = [
    *(
        "evil\r\nBcc: x@example.org",
        "evil\nBcc: x@example.org",
        "evil\rBcc: x@example.org",
        "evil\r\n\r\nbody",
        "\r\n.\r\n",
    ),
    *(
        "evil\r\n.\r\nMAIL FROM:<x@example.org>",
        "\n.\n",
        "a\r\n b",
        "\r\n",
        "\n\n\n",
        "a\tb",
        "\t",
        "tab\there\tthere",
    ),
    *(
        "bell\x07",
        "esc\x1b[31m",
        "del\x7f",
        "\x00",
        "nul\x00name",
        "\x01\x02\x03",
        "\x1a",
        "\x08\x08",
        "\x0b\x0c",
        "\x1c\x1d\x1e",
    ),
    *(
        "next\x85line",
        "c1\x9b31m",
        "line\u2028sep",
        "para\u2029sep",
        "\u2028",
        "=?utf-8?B?\r\n?=",
        "ü\r\nBcc: ü@example.org",
    ),
]


def awkward_names(marker: str, count: int = 1000) -> list[str]:
    """`count` names: those above, the edition's own marker words, and a seeded mixture of every script and mark."""
    chance = random.Random(2022)  # noqa: S311  # a corpus, not a secret
    alphabet = [chr(code) for code in range(33, 0x3000) if unicodedata.category(chr(code))[0] not in "CZ"]
    alphabet += [chr(code) for code in range(0x1F300, 0x1F650)] + [
        chr(code) for code in range(0x4E00, 0x4E80)
    ]
    odd = [
        *' .,;:=?_\\"@<>()&%{}-',
        "\u200d",
        "\u0301",
        "\u202e",
        "\u200f",
        "\u00a0",
        "From ",
        "=?",
        "?=",
        "  ",
        "é",
    ]
    names = [marker + word for word in MARKER_WORDS] + [marker, *HAND_PICKED, *HOSTILE]
    while len(names) < count:
        parts = [
            chance.choice(odd if chance.random() < 0.35 else alphabet) for _ in range(chance.randint(1, 60))
        ]
        names.append("".join(parts))
    return names
