"""Parts of names of people, and words that tell names of organisations from them."""

from __future__ import annotations

import re

#: Words that only names of organisations have.
ORGANISATION = re.compile(
    r"\b(?:organi[sz]ation|ministry|universit\w+|department|dept|institut\w*|group|committee|council|society|network|"
    r"association|agency|cent(?:er|re)s?|consorti\w+|collaborat\w+|foundation|team|task force|program(?:me)?|office|"
    r"commission|board|college|federation|union|bank|administration|bureau|academy|services?|investigators|alliance|"
    r"initiative|project|inc|ltd|gmbh|company|corporation|hospital|school|library|laborator\w+|authority|trust|fund|"
    r"registry|panel|partnership|nations|government|centro|asociaci\w+|sociedad|ministerio|gesellschaft|verband|working|"
    r"forschungs\w+)\b",
    re.IGNORECASE,
)
#: A part of a name behind the given name: ``King, M. L., Jr.``
SUFFIX = re.compile(r"(?:Jr|Sr|jun|sen|II|III|IV|2nd|3rd|4th)\.?", re.IGNORECASE)
