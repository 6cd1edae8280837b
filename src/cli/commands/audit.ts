import type { Group } from '../command.ts'
import { exportLog } from './audit-export.ts'
import { hold, holds, release, shred } from './audit-keep.ts'
import { proof } from './audit-proof.ts'
import { query } from './audit-query.ts'
import { verify } from './audit-verify.ts'

export const audit: Group = {
  summary: 'The audit log: check it, bring it, ask it.',
  verbs: { verify, export: exportLog, query, proof, holds, hold, release, shred },
}
