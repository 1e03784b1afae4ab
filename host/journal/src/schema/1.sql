-- Events are only ever appended. The triggers hold even against a hand with the sqlite3 shell.
CREATE TABLE events (
  id     INTEGER PRIMARY KEY,              -- order of writing over all streams
  stream TEXT    NOT NULL CHECK (stream <> ''),
  seq    INTEGER NOT NULL CHECK (seq >= 1), -- order within the stream, without gaps
  at     TEXT    NOT NULL,                  -- RFC 3339, UTC
  kind   TEXT    NOT NULL CHECK (kind <> ''),
  body   TEXT    NOT NULL,                  -- JSON
  UNIQUE (stream, seq)
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only: they are never changed'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only: they are never deleted'); END;

CREATE TRIGGER events_have_no_gaps BEFORE INSERT ON events
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE stream = NEW.stream)
BEGIN SELECT RAISE(ABORT, 'the sequence of a stream has no gaps and no repetitions'); END;

-- Projections, written in the transaction of the events that they are drawn from.
CREATE TABLE documents (
  position   INTEGER PRIMARY KEY AUTOINCREMENT, -- order of first writing; never used twice
  collection TEXT    NOT NULL CHECK (collection <> ''),
  key        TEXT    NOT NULL CHECK (key <> ''),
  grouping   TEXT,
  active     INTEGER NOT NULL CHECK (active IN (0, 1)),
  body       TEXT    NOT NULL,                  -- JSON
  updated_at TEXT    NOT NULL,
  UNIQUE (collection, key)
) STRICT;

CREATE INDEX documents_in_order  ON documents (collection, position);
CREATE INDEX documents_by_group  ON documents (collection, grouping, position) WHERE grouping IS NOT NULL;
CREATE INDEX documents_by_active ON documents (collection, active, position);
