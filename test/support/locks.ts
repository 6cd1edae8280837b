/** Locks that tests reach soon: ten failures of a network, five of one id. */
import { lockRules } from '../../src/guard/lockout.ts'

export const LOCKS = lockRules({ network: 10, credential: 5 })
