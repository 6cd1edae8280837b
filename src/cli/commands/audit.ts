import type { Group } from '../command.ts'
import { exportLog } from './audit-export.ts'
import { verify } from './audit-verify.ts'

export const audit: Group = {
  summary: 'The audit log: check it, export it, ask it.',
  verbs: { verify, export: exportLog },
}
