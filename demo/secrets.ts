/** The demo deployment's secrets: made at random on first use, readable by their owner alone. */
import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'

export interface DemoSecrets {
  readonly CREDENTIAL_KEK: string
  readonly CREDENTIAL_ID_KEY: string
  readonly ASSERTION_KEY: string
  /** With which the first owner is made. Absent in folders from before there were people. */
  readonly BOOTSTRAP_SECRET?: string
  readonly edgeToken: string
}

export function openSecrets(file: string): DemoSecrets {
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8'))
  const secrets = newSecrets()
  writePrivate(file, secrets)
  return secrets
}

export function newSecrets(): DemoSecrets {
  return {
    CREDENTIAL_KEK: `1:${random(32)}`,
    CREDENTIAL_ID_KEY: `1:${random(32)}`,
    ASSERTION_KEY: assertionKey(),
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
  const { privateKey } = generateKeyPairSync('ed25519')
  const { kty, crv, x, d } = privateKey.export({ format: 'jwk' })
  return JSON.stringify({
    kty,
    crv,
    x,
    d,
    kid: `assertion-${new Date().toISOString().slice(0, 10)}`,
  })
}
