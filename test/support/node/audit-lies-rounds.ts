/** What somebody does to rounds, keys and checkpoints who runs the log and has its key, or makes themselves another. */
import { must } from '../tlog.ts'
import { toBase64 } from '../../../src/lib/bytes.ts'
import { EMPTY_ROOT } from '../../../src/audit/merkle.ts'
import type { Forgery } from './audit-case.ts'
import type { DraftRound } from './audit-draft.ts'
import { checkpointNote, Files, makeKey, ORIGIN } from './audit-export.ts'
import { ofDraft } from './audit-lies.ts'

/** A round in the middle that says something else. Answers its place. */
function roundSays(
  name: string,
  says: Forgery['says'],
  leaf: (at: number) => NonNullable<DraftRound['leaf']>,
): Forgery {
  return ofDraft(name, says, (made) => {
    const round = made.round(8)
    round.leaf = leaf(round.at)
    return made.draft.indexOf(round)
  })
}

export const ON_ROUNDS: readonly Forgery[] = [
  roundSays('a round that is earlier than the one before', 'round-earlier', (at) => ({
    at: at - 60_000,
  })),
  roundSays('a round that says another root', 'round-root', () => ({ root: toBase64(EMPTY_ROOT) })),
  roundSays('a round that says another size', 'round-size', () => ({ size: 7 })),
  roundSays('a shard’s mark that goes back', 'round-mark-back', () => ({ shards: { 3: 1 } })),
  roundSays('a round with a member that none has', 'leaf-unreadable', () => ({ note: 'edited' })),
  ofDraft('a record later than the round that took it in', 'later-than-round', (made) => {
    const at = made.of('outcome')
    const item = made.record(at)
    made.draft[at] = { ...item, record: { ...item.record, atMs: item.record.atMs + 600_000 } }
    return at
  }),
  ofDraft('records that no round took in', 'round-missing', (made) => {
    made.draft.splice(0, 1)
    return 0
  }),
  ofDraft('the last leaf once more, in a round of its own', 'round-mark-still', (made) => {
    const last = made.draft.findLast((item) => item.kind === 'record')
    made.draft.push({ kind: 'round', at: made.round(-1).at }, { ...must(last) })
    return made.draft.length - 1
  }),
  {
    name: 'a last round that is later than its witnesses saw it',
    says: 'later-than-witness',
    async forge(made) {
      made.round(-1).at += 3 * 86_400_000
      await made.sealed()
      return undefined
    },
  },
]

export const ON_KEYS: readonly Forgery[] = [
  {
    name: 'a key that the log never announced',
    says: 'key-unannounced',
    async forge(made) {
      const other = await makeKey()
      await made.sealed({ announce: [other.vkey] })
      return undefined
    },
  },
  {
    name: 'a key that the log gave up',
    says: 'key-unannounced',
    async forge(made) {
      const next = await makeKey()
      made.round(5).leaf = { keys: [next.vkey] }
      await made.sealed()
      return undefined
    },
  },
  {
    name: 'a key that was announced, but under no checkpoint of a trusted one',
    says: 'checkpoint-untrusted',
    async forge(made) {
      const own = await makeKey()
      const announce = [made.signers.log.vkey, own.vkey]
      await made.sealed({ keys: [own], announce })
      return undefined
    },
  },
  {
    name: 'the checkpoint of another log, signed with this one’s key',
    says: 'checkpoint-origin',
    async forge(made) {
      await made.sealed()
      const { size, root } = made.checkpoint('checkpoint')
      const { log } = made.signers
      made.files.write('checkpoint', await checkpointNote(size, root, [log], [], 0, `x.${ORIGIN}`))
      return undefined
    },
  },
]

export const ON_HISTORY: readonly Forgery[] = [
  {
    name: 'a fork: two checkpoints of one size',
    says: 'checkpoint-fork',
    async forge(made) {
      const shown = await made.sealed()
      const note = must(shown.get('checkpoint'))
      made.kept.push({ file: 'what another auditor was shown', bytes: note })
      const at = made.of('outcome')
      made.record(at).record = { ...made.record(at).record, uid: 'another' }
      await made.sealed({ keep: [] })
      return undefined
    },
  },
  {
    name: 'a history rewritten after an older checkpoint, and signed anew',
    says: 'checkpoint-inconsistent',
    async forge(made) {
      const before = await made.sealed()
      const [name = ''] = made.olderSizes
      made.kept.push({ file: 'kept', bytes: must(before.get(`checkpoints/${name}`)) })
      made.record(must(made.draft.findIndex(({ kind }) => kind === 'record'))).salt[0] = 1
      await made.sealed({ keep: [] })
      return undefined
    },
  },
  {
    name: 'an older checkpoint of another log that is trusted, too',
    says: 'older-checkpoint-unsigned',
    async forge(made) {
      await made.sealed()
      const other = await makeKey(`x.${ORIGIN}`)
      made.others.push(other)
      const { size, root } = made.checkpoint(`checkpoints/${made.olderSizes[0]}`)
      const note = await checkpointNote(size, root, [other], [], 0, other.key.name)
      made.files.write('checkpoints/another', note)
      return undefined
    },
  },
  {
    name: 'a log of nothing',
    says: 'log-empty',
    async forge(made) {
      made.files = new Files()
      const { log, witnesses } = made.signers
      made.files.write('checkpoint', await checkpointNote(0, EMPTY_ROOT, [log], witnesses))
      return undefined
    },
  },
]
