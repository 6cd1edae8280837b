/** Where the copy of the audit log goes, as a deployment says it. */
import { ConfigError } from './config.ts'
import type { WriteOnceSettings } from './audit/write-once.ts'
import { utf8 } from './lib/bytes.ts'
import { Secret } from './lib/secret.ts'

const SEVEN_YEARS_DAYS = '2557'

/**
 * What the environment says of it; `undefined` where no copy is to be made.
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
