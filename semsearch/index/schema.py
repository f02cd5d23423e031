"""The SQLite schema of an index. docs/index-format.md explains the tables."""

from __future__ import annotations

#: ``PRAGMA application_id``: "SemS".
APPLICATION_ID = 0x53656D53
#: ``PRAGMA user_version``. What it takes to change it: a step in migration.py.
FORMAT_VERSION = 5
#: The last format whose rows have no checksums.
UNCHECKED_VERSION = 2

TABLES = """
-- checksum, in every table that has one: of the row's other values (checksums.py).
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER) WITHOUT ROWID;

CREATE TABLE papers (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of arrival; never reused
    id          TEXT NOT NULL UNIQUE,
    row         INTEGER UNIQUE,                     -- of its vector; null only inside an open transaction
    key         TEXT,
    file        TEXT NOT NULL,                      -- the first reading: absolute path and digest
    digest      BLOB NOT NULL,
    text_digest BLOB NOT NULL,                      -- of the text that was embedded
    truncated   INTEGER NOT NULL DEFAULT 0,         -- whether the model read only its beginning
    record      TEXT NOT NULL,                      -- the paper, JSON, gaps filled from its other readings
    year         INTEGER,                           -- of the record, for filters
    date         TEXT,                              -- year, month and day as far as they are known: 2031-05
    language     TEXT,                              -- folded
    has_abstract INTEGER NOT NULL DEFAULT 0,
    checksum     INTEGER
);
CREATE INDEX papers_key ON papers (key) WHERE key IS NOT NULL;
CREATE INDEX papers_year ON papers (year, row);
CREATE INDEX papers_date ON papers (date, row);
CREATE INDEX papers_language ON papers (language, row);
CREATE INDEX papers_has_abstract ON papers (has_abstract, row);
CREATE INDEX papers_seq ON papers (seq, row);       -- small: to go from one to the other without reading records
CREATE INDEX papers_truncated ON papers (truncated) WHERE truncated;

-- An inverted index without the texts, which the records hold; rowid is seq.
CREATE VIRTUAL TABLE names USING fts5 (             -- for filters: not stemmed, values apart by a word of their own
    author, venue, category, tag, content='', tokenize='unicode61 remove_diacritics 2'
);

CREATE TABLE identifiers (
    scheme TEXT NOT NULL,
    value  TEXT NOT NULL,
    seq    INTEGER NOT NULL REFERENCES papers ON DELETE CASCADE,
    checksum INTEGER,
    PRIMARY KEY (scheme, value)
) WITHOUT ROWID;
CREATE INDEX identifiers_seq ON identifiers (seq);

CREATE TABLE readings (                             -- every record that was read as this paper
    seq    INTEGER NOT NULL REFERENCES papers ON DELETE CASCADE,
    file   TEXT NOT NULL,
    digest BLOB NOT NULL,
    line   INTEGER NOT NULL,
    record TEXT,                                    -- JSON, of all but the first reading
    checksum INTEGER,
    PRIMARY KEY (seq, file, digest)
) WITHOUT ROWID;
CREATE INDEX readings_file ON readings (file, digest);

CREATE TABLE diagnostics (                          -- records that are no papers, or were read with a repair
    kind   TEXT NOT NULL,                           -- rejected, repaired
    file   TEXT NOT NULL,                           -- absolute path
    name   TEXT NOT NULL,                           -- path as it was given
    line   INTEGER NOT NULL,
    reason TEXT NOT NULL,
    raw    TEXT NOT NULL,
    checksum INTEGER
);
CREATE INDEX diagnostics_file ON diagnostics (file);
CREATE INDEX diagnostics_kind ON diagnostics (kind);

CREATE TABLE segments (                             -- vectors/<n>.* hold rows first_row … first_row + count - 1
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    first_row INTEGER NOT NULL UNIQUE,
    count     INTEGER NOT NULL,
    size      INTEGER NOT NULL,                     -- bytes of <n>.faiss, the vectors
    checksum  TEXT NOT NULL,                        -- xxh3-128 of it, hex
    words_size     INTEGER NOT NULL DEFAULT 0,      -- the same of <n>.words, the postings
    words_checksum TEXT NOT NULL DEFAULT ''
);

CREATE TABLE tombstones (row INTEGER PRIMARY KEY);  -- rows of papers that were removed or whose text changed
"""
