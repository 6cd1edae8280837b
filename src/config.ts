/** The deployment's settings and secrets, read once. Reports every problem at once and never a value. */
import type { WriteOnceSettings } from './audit/write-once.ts'
import type { KeyRing } from './credential/key-ring.ts'
import { readKeyRing } from './credential/key-ring.ts'
import { utf8 } from './lib/bytes.ts'
import { isObject } from './lib/json.ts'
import { Secret } from './lib/secret.ts'
import { readAssertionKey, type AssertionKey } from './gateway/assertion.ts'

export interface Config {
  /** Where the origin is, without a path. */
  readonly originUrl: URL
  /** `iss` of what the gateway signs: its own public URL. */
  readonly issuer: string
  readonly plainHttpAllowed: boolean
  readonly credentialKek: KeyRing
  readonly credentialIdKey: KeyRing
  readonly assertionKey: AssertionKey
  /** With which the first owner is made, once; `undefined` where nobody may. */
  readonly bootstrapSecret: Secret | undefined
  /** How often each key's object was restored from an older state; absent means never. */
  readonly epochs: ReadonlyMap<string, number>
  /** The version of the Worker that runs, as Cloudflare names it; `local` elsewhere. */
  readonly workerVersion: string
}

export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`Cannot start the gateway: ${problems.join('; ')}`)
    this.name = 'ConfigError'
  }
}

/** @throws {ConfigError} naming every variable that is missing or unusable. */
export async function readConfig(vars: Readonly<Record<string, unknown>>): Promise<Config> {
  const text = (name: string) => {
    const value = vars[name]
    return typeof value === 'string' ? value : ''
  }
  const originUrl = URL.parse(text('ORIGIN_URL'))
  const issuer = URL.parse(text('ISSUER'))
  const plainHttp = text('PLAIN_HTTP')
  const credentialKek = readKeyRing(text('CREDENTIAL_KEK'))
  const credentialIdKey = readKeyRing(text('CREDENTIAL_ID_KEY'))
  const assertionKey = await readAssertionKey(text('ASSERTION_KEY'))

  const bootstrap = text('BOOTSTRAP_SECRET')
  const epochs = readEpochs(text('RESTORED_KEYS'))

  const ring = 'must be a ring of 256-bit keys, "1:<base64>"'
  const problems = [
    isOrigin(originUrl) ? '' : 'ORIGIN_URL must be an https URL without path, query or user',
    issuer === null ? 'ISSUER must be the URL of this gateway' : '',
    plainHttp === '' || plainHttp === 'allowed'
      ? ''
      : 'PLAIN_HTTP must be absent, or "allowed" behind the local edge',
    credentialKek === undefined ? `CREDENTIAL_KEK ${ring}` : '',
    credentialIdKey === undefined ? `CREDENTIAL_ID_KEY ${ring}` : '',
    bootstrap !== '' && bootstrap.length < 32
      ? 'BOOTSTRAP_SECRET must be absent, or at least 32 characters'
      : '',
    epochs === undefined ? 'RESTORED_KEYS must be absent, or like "key_a:1,key_b:2"' : '',
    assertionKey === undefined ? 'ASSERTION_KEY must be an Ed25519 private JWK with a kid' : '',
  ].filter((problem) => problem !== '')
  if (
    originUrl === null ||
    issuer === null ||
    !credentialKek ||
    !credentialIdKey ||
    !assertionKey ||
    !epochs ||
    problems.length > 0
  ) {
    throw new ConfigError(problems)
  }
  return {
    originUrl,
    issuer: issuer.origin,
    plainHttpAllowed: plainHttp === 'allowed',
    credentialKek,
    credentialIdKey,
    assertionKey,
    epochs,
    workerVersion: readVersion(vars['WORKER_VERSION']),
    bootstrapSecret: bootstrap === '' ? undefined : new Secret(utf8(bootstrap)),
  }
}

function readVersion(metadata: unknown): string {
  const id = isObject(metadata) ? metadata['id'] : undefined
  return typeof id === 'string' && id !== '' ? id : 'local'
}

export function readEpochs(text: string): ReadonlyMap<string, number> | undefined {
  const entries = text.split(',').filter((entry) => entry.trim() !== '')
  const epochs = new Map<string, number>()
  for (const entry of entries) {
    const [, keyId, times] = /^([A-Za-z0-9_-]+):([1-9][0-9]{0,5})$/.exec(entry.trim()) ?? []
    if (keyId === undefined || epochs.has(keyId)) return undefined
    epochs.set(keyId, Number(times))
  }
  return epochs
}

function isOrigin(url: URL | null): boolean {
  return url !== null && url.protocol === 'https:' && url.href === `${url.origin}/`
}

/**
 * Where the copy of the audit log goes; `undefined` where none is to be made.
 *
 * @throws {ConfigError} naming what is missing or unusable, where some of it is set.
 */
export function readWriteOnce(
  vars: Readonly<Record<string, unknown>>,
): WriteOnceSettings | undefined {
  const text = (name: string) => {
    const value = vars[name]
    return typeof value === 'string' ? value : ''
  }
  const [url, region] = [URL.parse(text('AUDIT_COPY_URL')), text('AUDIT_COPY_REGION')]
  const [id, secret] = [text('AUDIT_COPY_ACCESS_KEY_ID'), text('AUDIT_COPY_SECRET_ACCESS_KEY')]
  const days = Number(text('AUDIT_COPY_LOCK_DAYS') || SEVEN_YEARS_DAYS)
  if ([text('AUDIT_COPY_URL'), region, id, secret].every((value) => value === '')) return undefined
  const problems = [
    url === null || url.pathname === '/' || url.href.endsWith('/')
      ? 'AUDIT_COPY_URL must be the URL of a bucket, such as https://s3.eu-central-1.amazonaws.com/audit'
      : '',
    region === '' ? 'AUDIT_COPY_REGION is missing' : '',
    id === '' ? 'AUDIT_COPY_ACCESS_KEY_ID is missing' : '',
    secret === '' ? 'AUDIT_COPY_SECRET_ACCESS_KEY is missing' : '',
    Number.isInteger(days) && days >= 1 ? '' : 'AUDIT_COPY_LOCK_DAYS must be a number of days',
  ].filter((problem) => problem !== '')
  if (url === null || problems.length > 0) throw new ConfigError(problems)
  const secretAccessKey = new Secret(utf8(secret))
  return { url, region, accessKeyId: id, secretAccessKey, lockDays: days }
}

const SEVEN_YEARS_DAYS = '2557'
