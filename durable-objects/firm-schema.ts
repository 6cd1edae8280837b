/** The tables of the firm's object, one step after another. Steps are only ever added. */
export const FIRM_SCHEMA = [
  `CREATE TABLE account_grant (
     account TEXT PRIMARY KEY, open TEXT NOT NULL, daily TEXT NOT NULL, question INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE version (revision INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, until_ms INTEGER, limits TEXT NOT NULL,
     provenance TEXT NOT NULL) STRICT;
   CREATE TABLE prices (one INTEGER PRIMARY KEY CHECK (one = 1), told TEXT NOT NULL) STRICT;
   CREATE TABLE change (
     version INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, what TEXT NOT NULL, before TEXT, after TEXT, provenance TEXT
   ) STRICT;
   CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), changes INTEGER NOT NULL) STRICT;
   INSERT INTO progress VALUES (1, 0);`,

  'ALTER TABLE progress ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0',

  // Which totals hold since when, and when each account last said what it uses.
  `ALTER TABLE account_grant ADD COLUMN told_ms INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE progress ADD COLUMN totals TEXT NOT NULL DEFAULT '';
   ALTER TABLE progress ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0;`,
] as const
