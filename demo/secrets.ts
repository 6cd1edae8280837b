/** The demo deployment's secrets: made at random on first use, readable by their owner alone. */
import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'

export interface DemoSecrets {
  readonly CREDENTIAL_KEK: string
  readonly CREDENTIAL_ID_KEY: string
  readonly ASSERTION_KEY: string
  readonly AUDIT_LOG_KEYS: string
  /** With which the first owner is made. Absent in folders from before there were people. */
  readonly BOOTSTRAP_SECRET?: string
  readonly edgeToken: string
}

export function openSecrets(file: string): DemoSecrets {
  const stored: Omit<DemoSecrets, 'AUDIT_LOG_KEYS'> = fs.existsSync(file)
    ? JSON.parse(fs.readFileSync(file, 'utf8'))
    : newSecrets()
  // Folders from before there was an audit log have no key for it.
  const secrets = { AUDIT_LOG_KEYS: logKeys(), ...stored }
  writePrivate(file, secrets)
  return secrets
}

export function newSecrets(): DemoSecrets {
  return {
    CREDENTIAL_KEK: `1:${random(32)}`,
    CREDENTIAL_ID_KEY: `1:${random(32)}`,
    ASSERTION_KEY: assertionKey(),
    AUDIT_LOG_KEYS: logKeys(),
    BOOTSTRAP_SECRET: random(32),
    edgeToken: random(24),
  }
}

/** Writes a file that only its owner can read, whole or not at all. */
export function writePrivate(file: string, value: unknown): void {
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  fs.renameSync(`${file}.new`, file)
}

function random(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64')
}

function assertionKey(): string {
  const kid = `assertion-${new Date().toISOString().slice(0, 10)}`
  return JSON.stringify({ ...privateJwk(), kid })
}

function logKeys(): string {
  return JSON.stringify([privateJwk()])
}

function privateJwk() {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { kty, crv, x, d } = privateKey.export({ format: 'jwk' })
  return { kty, crv, x, d }
}
