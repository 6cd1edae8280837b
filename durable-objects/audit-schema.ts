/** The tables of a shard of the audit log, one step after another. Steps are only ever added. */
export const AUDIT_SCHEMA = [
  `CREATE TABLE admission (
     key_id TEXT NOT NULL, sequence INTEGER NOT NULL, signed_at_ms INTEGER NOT NULL,
     replay_id TEXT NOT NULL, attempt TEXT NOT NULL, request_hash TEXT NOT NULL, record TEXT NOT NULL,
     PRIMARY KEY (key_id, sequence)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE gap (
     key_id TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (key_id, first, last)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE change (
     key_id TEXT NOT NULL, version INTEGER NOT NULL, at_ms INTEGER NOT NULL, key TEXT NOT NULL,
     PRIMARY KEY (key_id, version)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE moved (key_id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE told (key_id TEXT PRIMARY KEY, block INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE fork (
     key_id TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (key_id, kind, number, body)
   ) STRICT, WITHOUT ROWID;`,

  'ALTER TABLE change ADD COLUMN detail TEXT',

  // Rows are what is paid for: an append is one, whatever it brings, and its place is used again once it is in the log.
  `DROP TABLE admission; DROP TABLE gap; DROP TABLE change; DROP TABLE moved; DROP TABLE told; DROP TABLE fork;
   CREATE TABLE slot (
     place INTEGER PRIMARY KEY, number INTEGER NOT NULL, sequenced INTEGER NOT NULL,
     flush TEXT NOT NULL, progress TEXT NOT NULL, records TEXT NOT NULL
   ) STRICT;
   CREATE TABLE progress (chain TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE line (key_id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE master (
     one INTEGER PRIMARY KEY CHECK (one = 1), kek TEXT NOT NULL, data_key TEXT NOT NULL, value TEXT NOT NULL
   ) STRICT;
   CREATE TABLE subject (
     class TEXT NOT NULL, month TEXT NOT NULL, subject TEXT NOT NULL, id TEXT NOT NULL, nonce TEXT NOT NULL,
     PRIMARY KEY (class, month, subject)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE hold (
     id TEXT PRIMARY KEY, subject TEXT NOT NULL, reason TEXT NOT NULL, by_user TEXT NOT NULL, at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
] as const
