/**
 * The keys with which a shard seals records: one for each person, class and month. Each is derived from the shard's own
 * master key and a random value in a row of its own; without that row nothing opens what it sealed any more.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { KeyName, SealingKey } from '../src/audit/bundle.ts'
import type { Kept } from '../src/audit/kept.ts'
import { open, seal, type Sealed } from '../src/credential/envelope.ts'
import type { KeyEncryptionKey } from '../src/credential/kek/provider.ts'
import { toBase64Url, utf8 } from '../src/lib/bytes.ts'
import { Secret } from '../src/lib/secret.ts'
import { text, type Rows } from './rows.ts'

export class AuditKeys {
  readonly #rows: Rows
  readonly #master: Secret
  readonly #byWhom = new Map<string, SealingKey>()
  /** The random values of a class and month, by name: what one bundle needs is mostly of one. */
  readonly #nonces = new Map<string, ReadonlyMap<string, string>>()

  /** @throws when the master key cannot be opened: then nothing can be sealed and nothing is lost. */
  static async open(rows: Rows, shard: string, kek: KeyEncryptionKey): Promise<AuditKeys> {
    const context = { shard, purpose: 'evidence' }
    const [row] = rows.rows('SELECT kek, data_key, value FROM master')
    if (row === undefined) {
      const made = new Secret(crypto.getRandomValues(new Uint8Array(32)))
      const sealed = await seal(made, context, kek)
      // Another call may have been here meanwhile.
      rows.run('INSERT OR IGNORE INTO master VALUES (1, ?, ?, ?)', ...columns(sealed))
      return AuditKeys.open(rows, shard, kek)
    }
    const sealed = {
      kek: text(row['kek']),
      dataKey: text(row['data_key']),
      value: text(row['value']),
    }
    const master = await open(sealed, context, kek)
    if (master === undefined) throw new Error('Cannot open the key of the audit log: no KEK fits')
    if (sealed.kek !== kek.current) {
      const again = columns(await seal(master, context, kek))
      rows.run('UPDATE master SET kek = ?, data_key = ?, value = ?', ...again)
    }
    return new AuditKeys(rows, master)
  }

  private constructor(rows: Rows, master: Secret) {
    this.#rows = rows
    this.#master = master
  }

  /** Keeps the names of chains from being guessed. */
  get pepper(): Uint8Array {
    return this.#derive('', 'chain').reveal()
  }

  /** The key for a record, made when it is the first of its kind. */
  keyOf({ class: kind, subject, atMs }: Kept): SealingKey {
    const period = { class: kind, month: new Date(atMs).toISOString().slice(0, 7) }
    const whom = JSON.stringify([kind, period.month, subject])
    const known = this.#byWhom.get(whom)
    if (known !== undefined) return known
    const id = toBase64Url(crypto.getRandomValues(new Uint8Array(12)))
    const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
    const at = 'class = ? AND month = ? AND subject = ?'
    const values = [kind, period.month, subject]
    this.#rows.run('INSERT OR IGNORE INTO subject VALUES (?, ?, ?, ?, ?)', ...values, id, nonce)
    this.#nonces.delete(`${kind}/${period.month}`)
    const [row] = this.#rows.rows(`SELECT id, nonce FROM subject WHERE ${at}`, ...values)
    const stored = { id: text(row?.['id']), nonce: text(row?.['nonce']) }
    const made = { ...period, id: stored.id, key: this.#derive(stored.nonce, stored.id) }
    this.#byWhom.set(whom, made)
    return made
  }

  /** The key of that name, or `undefined` where it was destroyed. */
  named({ id, class: kind, month }: KeyName): Secret | undefined {
    const period = `${kind}/${month}`
    const nonces = this.#nonces.get(period) ?? this.#read(kind, month)
    this.#nonces.set(period, nonces)
    const nonce = nonces.get(id)
    return nonce === undefined ? undefined : this.#derive(nonce, id)
  }

  /** What was derived is forgotten: rows have gone. */
  forget(): void {
    this.#byWhom.clear()
    this.#nonces.clear()
  }

  #read(kind: string, month: string): ReadonlyMap<string, string> {
    const query = 'SELECT id, nonce FROM subject WHERE class = ? AND month = ?'
    const rows = this.#rows.rows(query, kind, month)
    return new Map(rows.map((row) => [text(row['id']), text(row['nonce'])]))
  }

  #derive(salt: string, what: string): Secret {
    const info = utf8(`portcullis-evidence/v1\0${what}`)
    return new Secret(hkdf(sha256, this.#master.reveal(), utf8(salt), info, 32))
  }
}

function columns({ kek, dataKey, value }: Sealed): [string, string, string] {
  return [kek, dataKey, value]
}
