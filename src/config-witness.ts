/** Who witnesses the audit log, as a deployment says it. */
import { readWitnessPolicy, type WitnessPolicy } from './audit/witness-policy.ts'
import { ok, type Result } from './lib/result.ts'

const NOBODY: WitnessPolicy = { witnesses: new Map(), groups: new Map(), quorum: 'none' }

/** What `AUDIT_WITNESSES` says, or everything that is wrong with it, without what it says. */
export function readWitnesses(
  vars: Readonly<Record<string, unknown>>,
): Result<WitnessPolicy, readonly string[]> {
  const text = vars['AUDIT_WITNESSES'] ?? ''
  if (text === '') return ok(NOBODY)
  const policy =
    typeof text === 'string'
      ? readWitnessPolicy(text, vars['PLAIN_HTTP'] === 'allowed')
      : { ok: false as const, error: ['it is no text'] }
  if (policy.ok) return policy
  // What a policy quotes might be what was pasted into it by mistake.
  const problems = policy.error.map((problem) => problem.replaceAll(/"[^\n]*"/g, '"…"'))
  return { ok: false, error: problems.map((problem) => `AUDIT_WITNESSES: ${problem}`) }
}
