/** The tables of a key's object, one step after another. Steps are only ever added. */
export const KEY_GUARD_SCHEMA = [
  `CREATE TABLE key (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     key_id TEXT NOT NULL, account TEXT NOT NULL, user TEXT NOT NULL, tier TEXT NOT NULL, status TEXT NOT NULL
   ) STRICT;
   CREATE TABLE permission (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE address (network TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE credential (id TEXT PRIMARY KEY, ends_at_ms INTEGER) STRICT, WITHOUT ROWID;
   CREATE TABLE progress (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     sequence INTEGER NOT NULL, last_used_ms INTEGER, last_spent_ms INTEGER NOT NULL, read_mark_ms INTEGER NOT NULL
   ) STRICT;
   INSERT INTO progress VALUES (1, 0, NULL, 0, 0);
   CREATE TABLE slot (
     limit_name TEXT NOT NULL, last_ms INTEGER NOT NULL, units INTEGER NOT NULL,
     PRIMARY KEY (limit_name, last_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE admission (
     replay_id TEXT PRIMARY KEY, attempt TEXT NOT NULL, request_hash TEXT NOT NULL,
     sequence INTEGER NOT NULL, record TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,

  // One row for all that a lease says, its windows too: rows are what is paid for.
  `CREATE TABLE lease (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     open INTEGER NOT NULL, until_ms INTEGER NOT NULL, sequence INTEGER NOT NULL, reserved_sequence INTEGER NOT NULL,
     last_used_ms INTEGER, last_spent_ms INTEGER NOT NULL, read_mark_ms INTEGER NOT NULL, fence_ms INTEGER NOT NULL,
     floor_ms INTEGER NOT NULL, acknowledged INTEGER NOT NULL, epoch INTEGER NOT NULL, windows TEXT NOT NULL
   ) STRICT;
   INSERT INTO lease
     SELECT 1, 0, 0, sequence, sequence, last_used_ms, last_spent_ms, read_mark_ms, read_mark_ms, 0, 0, 0,
       (SELECT json_group_array(json_array(limit_name, limit_name, 0, last_ms, units)) FROM slot)
     FROM progress;
   DROP TABLE progress;
   DROP TABLE slot;
   ALTER TABLE key ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE key_limit (
     name TEXT NOT NULL, kinds TEXT NOT NULL, units INTEGER NOT NULL, window_seconds INTEGER NOT NULL,
     until_ms INTEGER,
     PRIMARY KEY (name, kinds)
   ) STRICT, WITHOUT ROWID;
   ALTER TABLE admission RENAME TO older_admission;
   CREATE TABLE admission (
     replay_id TEXT PRIMARY KEY, attempt TEXT NOT NULL, request_hash TEXT NOT NULL,
     sequence INTEGER NOT NULL, signed_at_ms INTEGER NOT NULL, record TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   INSERT INTO admission
     SELECT replay_id, attempt, request_hash, sequence, json_extract(record, '$.signedAtMs'), record
     FROM older_admission;
   DROP TABLE older_admission;
   CREATE TABLE gap (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT;
   CREATE TABLE change (version INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, key TEXT NOT NULL) STRICT;
   CREATE TABLE moved (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     name TEXT NOT NULL, region TEXT NOT NULL, hand_over TEXT NOT NULL, done INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE arrived (one INTEGER PRIMARY KEY CHECK (one = 1), hand_over TEXT NOT NULL) STRICT;`,

  `ALTER TABLE key ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE key ADD COLUMN name TEXT;
   ALTER TABLE key ADD COLUMN created_at_ms INTEGER;
   ALTER TABLE key ADD COLUMN expires_at_ms INTEGER;
   ALTER TABLE key ADD COLUMN certificate TEXT;
   ALTER TABLE credential ADD COLUMN created_at_ms INTEGER;
   ALTER TABLE credential ADD COLUMN dialect TEXT;
   ALTER TABLE credential ADD COLUMN algorithm TEXT;
   CREATE TABLE resource (type TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (type, name)) STRICT, WITHOUT ROWID;
   CREATE TABLE standing (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     version INTEGER NOT NULL, sessions_from INTEGER NOT NULL, stepped_up_ms INTEGER
   ) STRICT;
   CREATE TABLE person_role (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE ended_session (sid TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   ALTER TABLE change ADD COLUMN detail TEXT;
   ALTER TABLE lease ADD COLUMN credentials_used TEXT NOT NULL DEFAULT '[]';`,

  `ALTER TABLE credential ADD COLUMN rotation TEXT;`,

  `ALTER TABLE key ADD COLUMN holds TEXT NOT NULL DEFAULT '[]';`,
] as const
