/** Which witnesses a deployment has: a policy in the format of C2SP tlog-policy, where each witness has a URL. */
import { ok, type Result } from '../lib/result.ts'
import type { NoteKey } from './note.ts'
import { parsePolicy, type Policy } from './trust.ts'

export interface WitnessPolicy extends Pick<Policy, 'groups' | 'quorum'> {
  readonly witnesses: ReadonlyMap<string, { readonly key: NoteKey; readonly url: string }>
}

/** A verifier takes sixteen signatures for sure (signed-note v1.0.0), and the log itself may have eight keys. */
const MOST_WITNESSES = 8

/**
 * The witnesses of a policy's text, or everything that is wrong with it.
 *
 * @param plainHttpAllowed where everything runs on one machine.
 */
export function readWitnessPolicy(
  text: string,
  plainHttpAllowed: boolean,
): Result<WitnessPolicy, readonly string[]> {
  const parsed = parsePolicy(text)
  if (!parsed.ok) return parsed
  const { logs, witnesses, groups, quorum } = parsed.value
  const problems: string[] = []
  if (logs.length > 0) problems.push('the log is named by AUDIT_ORIGIN, not by a line here')
  if (witnesses.size > MOST_WITNESSES) problems.push(`more than ${MOST_WITNESSES} witnesses`)
  const asked = new Map<string, { key: NoteKey; url: string }>()
  for (const [name, { key, url = '' }] of witnesses) {
    if (isPrefix(url, plainHttpAllowed)) asked.set(name, { key, url })
    else problems.push(`the witness "${name}" needs an https URL without user, query or fragment`)
  }
  return problems.length > 0
    ? { ok: false, error: problems }
    : ok({ witnesses: asked, groups, quorum })
}

function isPrefix(text: string, plainHttpAllowed: boolean): boolean {
  const url = URL.parse(text)
  if (url === null) return false
  const isSafe = url.protocol === 'https:' || (plainHttpAllowed && url.protocol === 'http:')
  return isSafe && url.href === `${url.origin}${url.pathname}`
}
