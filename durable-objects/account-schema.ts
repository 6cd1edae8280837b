/** The tables of an account's object, one step after another. Steps are only ever added. */
export const ACCOUNT_SCHEMA = [
  // One row a request: what it counts for, how others had changed by then, and its events until the audit log has them.
  `CREATE TABLE entry (
     number INTEGER PRIMARY KEY, body TEXT NOT NULL, changed TEXT NOT NULL, events TEXT NOT NULL
   ) STRICT;
   CREATE TABLE day (scope TEXT PRIMARY KEY, slots TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE progress (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     next_number INTEGER NOT NULL, shipped INTEGER NOT NULL, changes INTEGER NOT NULL,
     open_grant TEXT NOT NULL, daily_grant TEXT NOT NULL, question INTEGER NOT NULL
   ) STRICT;
   INSERT INTO progress VALUES (1, 1, 0, 0, '0', '0', 0);
   CREATE TABLE version (
     revision INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, until_ms INTEGER, limits TEXT NOT NULL,
     provenance TEXT NOT NULL
   ) STRICT;
   CREATE TABLE caps (
     one INTEGER PRIMARY KEY CHECK (one = 1), limits TEXT NOT NULL, next_limits TEXT, next_from_ms INTEGER
   ) STRICT;
   CREATE TABLE override (
     id TEXT PRIMARY KEY, order_hash TEXT NOT NULL, until_ms INTEGER NOT NULL, asked_by TEXT NOT NULL,
     approved_by TEXT, used_by TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE latch (
     key_id TEXT NOT NULL, symbol TEXT NOT NULL, side TEXT NOT NULL, id TEXT NOT NULL, at_ms INTEGER NOT NULL,
     released_at_ms INTEGER, PRIMARY KEY (key_id, symbol, side)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE position (symbol TEXT PRIMARY KEY, quantity TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE change (
     version INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, what TEXT NOT NULL, before TEXT, after TEXT, provenance TEXT
   ) STRICT;`,

  // Only of an object that came back from an older state.
  'CREATE TABLE restored (one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL) STRICT',

  // Trips of the kill switch.
  `CREATE TABLE hold (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
] as const
