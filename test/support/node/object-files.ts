/** The SQLite files of keys' objects, as an operator finds them on disk. */
import fs from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The file of one key's object. */
export function objectFile(state: string, keyId: string): string {
  for (const file of fs.globSync(path.join(state, 'state', '**', '*.sqlite'))) {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      if (database.prepare('SELECT 1 FROM key WHERE key_id = ?').get(keyId) !== undefined)
        return file
    } catch {
      // Another object's file: it has no such table.
    } finally {
      database.close()
    }
  }
  throw new Error(`No object of ${keyId}`)
}

/** Reads rows from the file of one key's object, as nobody else can. */
export function objectRows(state: string, keyId: string, query: string) {
  const database = new DatabaseSync(objectFile(state, keyId), { readOnly: true })
  try {
    return database.prepare(query).all()
  } finally {
    database.close()
  }
}

/** Copies an object's file with what SQLite keeps beside it, and answers how to put the copy back. */
export function copyObject(state: string, keyId: string): () => void {
  const file = objectFile(state, keyId)
  const parts = ['', '-wal', '-shm'].map((end) => file + end)
  const copies = parts.map((part) => (fs.existsSync(part) ? fs.readFileSync(part) : undefined))
  return () => {
    for (const [i, part] of parts.entries()) {
      const copy = copies[i]
      if (copy === undefined) fs.rmSync(part, { force: true })
      else fs.writeFileSync(part, copy)
    }
  }
}

/** The admission records of a key that the audit log's shards have taken. */
export function shippedRecords(state: string, keyId: string) {
  return fs.globSync(path.join(state, 'state', '**', '*.sqlite')).flatMap((file) => {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      return database.prepare('SELECT record FROM admission WHERE key_id = ?').all(keyId)
    } catch {
      return []
    } finally {
      database.close()
    }
  })
}
