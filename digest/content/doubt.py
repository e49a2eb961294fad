"""Doubt in words: whether prose that repeats an unsettled figure says that it is not sure.

Templates mark figures; in prose the doubt has to be the editor's own, in the sentence that says the
number or in the one beside it. A heading has no room for that, so there the number must be a
question or stand beside the words.
"""

from __future__ import annotations

import re

from digest.content.parts import Part

_WORDS = {
    "en": (
        r"\bun(?:sure|confirmed|settled|certain|clear|verified|proven)\b|\bnot (?:yet )?(?:been )?"
        r"(?:settled|confirmed|sure|certain|clear|verified|established)\b|\bdoubt(?:s|ed|ful|fully)?\b|"
        r"\bdisputed\b|\bothers? (?:say|put|give|report|speak|sources?|reports?|versions?)\b|"
        r"\b(?:our|the|one|its) source (?:gives|says|puts|has|speaks|contradicts|claims)\b|"
        r"\b(?:by|in|according to|of) (?:our|one|its) sources?\b|"
        r"\bis (?:put|given|reported) (?:at|as)\b|"
        r"\b(?:reportedly|allegedly|supposedly|perhaps|possibly)\b|\b(?:said|reported|thought|believed)"
        r" to be\b|\bcontradict|\bcontested\b|\brumou?r|\bremains? open\b|\bis open\b|\bestimate|"
        r"\bwhich of the two\b|\?|"
        r"\d[^.?!\n]{0,80}\bor\b(?! (?:more|less|so|above|over|higher|better)\b)[^.?!\n]{0,80}"
        r"(?:\d|\bseveral\b|\bhundreds?\b|\bthousands?\b|illions?\b|fold\b)"
    ),
    "ja": (
        "未確定|未確認|未定|確定して(?:い|お|は)|確定でき|確認でき(?:ない|て(?:い|お))|不明|不確か|不確実|"
        "定かで|疑わし|疑問|疑い|とする(?:情報|報道|説|見方)|との(?:情報|報道|説|見方)|とされ|"
        "(?:と|という)(?:いう)?説|という(?:情報|記述|報道)|(?:記事|原文|出典|情報源)(?:では|によると|によれば|に|の)|"
        "諸説|かどうか|かは(?:不|確|分|わ)|のか|か、|か$|食い違|異論|推定|推計|うわさ|噂|可能性|らしい|ようだ|[？?]"
    ),
    "zh": (
        "待[核证證确確]|未(?:经|經)?(?:[核证證]实|證實|核實|确[认定]|確[認定])|尚?无定论|尚?無定論|存疑|疑问|疑問|"
        "不(?:确定|確定|明确|明確|清楚|详)|说法|說法|也有(?:人|报道|報道)|另有|据(?:称|说|传|原文|报道)|據(?:稱|說|傳|原文)|"
        "原文|究竟|还是|還是|传闻|傳聞|估计|估計|之说|之說|可能|或许|或許|是否|[？?]"
    ),
}
_PATTERNS = {
    language: re.compile(words, re.IGNORECASE | re.MULTILINE) for language, words in _WORDS.items()
}


def is_doubted(part: Part, place: int) -> bool:
    """Return whether the number at a place of a part carries words of doubt."""
    pattern = _PATTERNS.get(part.language.lower().split("-")[0])
    if pattern is None:
        return True
    around = part.text if part.is_heading else part.sentences.around(place)
    return bool(pattern.search(around))
