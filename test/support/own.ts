/** The outside of the gateway's own calls where there is nothing: no people, no keys, no store. */
import policy from '../../gateway.config.ts'
import type { OwnPorts } from '../../src/admin/call.ts'
import { refuse } from '../../src/refusal.ts'
import { DpopNonces } from '../../src/session/dpop-nonce.ts'
import { RefreshTokens } from '../../src/session/refresh-token.ts'
import { NOW } from './request.ts'
import { fakeRing } from './world.ts'

const missing = () => Promise.reject(new Error('There is nothing here'))
const noPerson = {
  create: missing,
  describe: async () => undefined,
  confirmTotp: missing,
  resetTotp: missing,
  judgeOtp: missing,
  begin: missing,
  refresh: missing,
  endSession: missing,
  endSessions: missing,
  sessions: async () => [],
  authorize: async () => undefined,
  setRoles: missing,
  addKey: missing,
}

export const nobody: OwnPorts = {
  policy,
  parties: { issuer: 'https://gw.example', audience: 'https://gw.example' },
  nonces: new DpopNonces(fakeRing(1)),
  refreshTokens: new RefreshTokens(fakeRing(1)),
  bootstrapSecret: undefined,
  directory: {
    enter: missing,
    reserve: missing,
    enterFirst: async () => false,
    isFirst: async () => false,
    endBootstrap: missing,
    list: async () => [],
    has: async () => false,
    keysOf: async () => [],
    hasAccount: async () => false,
    hasKey: async () => false,
  },
  signingKeys: { published: async () => [], sign: missing, rotate: missing },
  evidence: {
    origin: 'gw.example/audit',
    vkeys: [],
    head: async () => undefined,
    read: async () => undefined,
    list: async () => ({ names: [] }),
    records: async () => ({ items: [], size: 0 }),
    proof: async () => undefined,
    copy: async () => undefined,
    compareCopy: async () => undefined,
    sinks: async () => [],
    holds: async () => [],
    hold: missing,
    release: async () => false,
    shred: missing,
  },
  kill: { trip: missing, lift: missing, list: async () => [], holdsOf: async () => [] },
  risk: {
    describe: missing,
    edit: missing,
    tell: missing,
    describeFirm: missing,
    editFirm: missing,
    tellPrices: missing,
  },
  nowMs: () => NOW,
  signal: () => undefined,
  user: () => noPerson,
  describeKey: async () => undefined,
  editKey: async () => refuse('not_found'),
  issue: missing,
  storeCredential: missing,
  dropCredential: missing,
  knownSecret: async () => false,
}
