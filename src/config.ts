/** The deployment's settings and secrets, read once. Reports every problem at once and never a value. */
import type { KeyRing } from './credential/key-ring.ts'
import { readKeyRing } from './credential/key-ring.ts'
import { utf8 } from './lib/bytes.ts'
import { isObject } from './lib/json.ts'
import { Secret } from './lib/secret.ts'
import { readAssertionKey, type AssertionKey } from './gateway/assertion.ts'
import { readLogKeys, type LogKeys } from './audit/log-key.ts'
import { isKeyName } from './audit/note.ts'
import { readWitnesses } from './config-witness.ts'

export interface Config {
  /** Where the origin is, without a path. */
  readonly originUrl: URL
  /** `iss` of what the gateway signs: its own public URL. */
  readonly issuer: string
  readonly plainHttpAllowed: boolean
  readonly credentialKek: KeyRing
  readonly credentialIdKey: KeyRing
  readonly assertionKey: AssertionKey
  /** With which the audit log signs its checkpoints, by the log's name. */
  readonly logKeys: LogKeys
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
  const log = await readAuditLog(text('AUDIT_ORIGIN'), text('AUDIT_LOG_KEYS'))
  const bootstrap = text('BOOTSTRAP_SECRET')
  const epochs = readEpochs(text('RESTORED_KEYS'))
  const accounts = readEpochs(text('RESTORED_ACCOUNTS'))

  const found = { originUrl, issuer, plainHttp, credentialKek, credentialIdKey, assertionKey }
  // Only the log's own object asks them; that it cannot must be known before it is needed.
  const witnesses = readWitnesses(vars)
  const problems = [
    ...problemsOf({ ...found, bootstrap, epochs, accounts }),
    ...log.problems,
    ...(witnesses.ok ? [] : witnesses.error),
  ].filter((problem) => problem !== '')
  if (
    originUrl === null ||
    issuer === null ||
    !credentialKek ||
    !credentialIdKey ||
    !assertionKey ||
    !log.keys ||
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
    logKeys: log.keys,
    epochs,
    workerVersion: readVersion(vars['WORKER_VERSION']),
    bootstrapSecret: bootstrap === '' ? undefined : new Secret(utf8(bootstrap)),
  }
}

/** What was read, before it is known to be usable. */
interface Found {
  readonly originUrl: URL | null
  readonly issuer: URL | null
  readonly plainHttp: string
  readonly bootstrap: string
  readonly credentialKek: KeyRing | undefined
  readonly credentialIdKey: KeyRing | undefined
  readonly assertionKey: AssertionKey | undefined
  readonly epochs: ReadonlyMap<string, number> | undefined
  readonly accounts: ReadonlyMap<string, number> | undefined
}

function problemsOf(found: Found): readonly string[] {
  const { originUrl, issuer, plainHttp, credentialKek, credentialIdKey } = found
  const { assertionKey, bootstrap, epochs, accounts } = found
  const ring = 'must be a ring of 256-bit keys, "1:<base64>"'
  return [
    unless(isOrigin(originUrl), 'ORIGIN_URL must be an https URL without path, query or user'),
    unless(issuer !== null, 'ISSUER must be the URL of this gateway'),
    unless(
      plainHttp === '' || plainHttp === 'allowed',
      'PLAIN_HTTP must be absent, or "allowed" behind the local edge',
    ),
    unless(credentialKek !== undefined, `CREDENTIAL_KEK ${ring}`),
    unless(credentialIdKey !== undefined, `CREDENTIAL_ID_KEY ${ring}`),
    unless(
      bootstrap === '' || bootstrap.length >= 32,
      'BOOTSTRAP_SECRET must be absent, or at least 32 characters',
    ),
    unless(epochs !== undefined, 'RESTORED_KEYS must be absent, or like "key_a:1,key_b:2"'),
    unless(accounts !== undefined, 'RESTORED_ACCOUNTS must be absent, or like "acc_a:1,firm:1"'),
    unless(assertionKey !== undefined, 'ASSERTION_KEY must be an Ed25519 private JWK with a kid'),
  ]
}

/** The Worker's version, as its metadata say it. */
export function readVersion(metadata: unknown): string {
  const id = isObject(metadata) ? metadata['id'] : undefined
  return typeof id === 'string' && id !== '' ? id : 'local'
}

async function readAuditLog(
  origin: string,
  keysText: string,
): Promise<{ readonly keys: LogKeys | undefined; readonly problems: readonly string[] }> {
  const hasName = isKeyName(origin)
  // Whether the keys are usable does not depend on what the log is called.
  const keys = await readLogKeys(keysText, hasName ? origin : 'log')
  const problems = [
    unless(hasName, 'AUDIT_ORIGIN must be the name of the log, like "gateway.example/audit"'),
    unless(keys !== undefined, 'AUDIT_LOG_KEYS must be a JSON array of Ed25519 private JWKs'),
  ]
  return { keys, problems }
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

/** What is wrong, or nothing. */
function unless(isRight: boolean, problem: string): string {
  return isRight ? '' : problem
}

function isOrigin(url: URL | null): boolean {
  return url !== null && url.protocol === 'https:' && url.href === `${url.origin}/`
}
