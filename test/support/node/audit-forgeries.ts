/** What somebody does to an export, or to the bucket that it came from, who has not the log's key. */
import { must } from '../tlog.ts'
import { concat, utf8 } from '../../../src/lib/bytes.ts'
import type { NoteSignature } from '../../../src/audit/note.ts'
import { type Case, type Forgery, REMOVED } from './audit-case.ts'
import { bundleOf, checkpointNote, Files, makeKey, seal, trustText } from './audit-export.ts'

/** A forgery of the files of an honest log. */
function ofFiles(
  name: string,
  says: Forgery['says'],
  forge: (made: Case) => number | undefined | Promise<number | undefined>,
): Forgery {
  return {
    name,
    says,
    async forge(made) {
      await made.sealed()
      return forge(made)
    },
  }
}

const RECORDS = 'records/000000.jsonl'

export const ON_RECORDS: readonly Forgery[] = [
  ofFiles('a bit of a record’s text', 'commitment-differs', (made) => {
    const index = made.of('outcome')
    made.editLine(index, (line) => line.replace('203.0.113.', '203.0.112.'))
    return index
  }),
  ofFiles('a bit of a salt', 'commitment-differs', (made) => {
    const index = made.of('admission')
    made.editLine(index, (line) =>
      line.replace(/"salt":"(.)/, (_, first) => `"salt":"${first === 'A' ? 'B' : 'A'}`),
    )
    return index
  }),
  ofFiles('a record removed', 'record-missing', (made) => {
    const index = made.of('outcome')
    made.editLine(index, () => REMOVED)
    return index
  }),
  ofFiles('the last records removed', 'record-missing', (made) => {
    const lines = made.files.text(RECORDS).trimEnd().split('\n')
    made.files.write(RECORDS, lines.slice(0, -7).join('\n'))
    return Number(/"index":([0-9]+)/.exec(must(lines.at(-7)))?.[1])
  }),
  ofFiles('all records removed', 'record-missing', (made) => {
    made.files.delete(RECORDS)
    return 1
  }),
  ofFiles('two records in another order', 'record-missing', (made) => {
    const index = made.draft.findIndex(
      ({ kind }, at) => at > 50 && kind === 'record' && made.draft[at + 1]?.kind === 'record',
    )
    let next = ''
    made.editLine(index + 1, (line) => {
      next = line
      return REMOVED
    })
    made.editLine(index, (line) => `${next}\n${line}`)
    return index
  }),
  ofFiles('a record line twice', 'record-twice', (made) => {
    const index = made.of('outcome')
    made.editLine(index, (line) => `${line}\n${line}`)
    return index
  }),
  ofFiles('a record that is in no log', 'record-without-leaf', (made) => {
    const index = made.checkpoint('checkpoint').size + 4
    const made2 = `{"index":${index},"salt":"AAAAAAAAAAAAAAAAAAAAAA","record":"{}"}\n`
    made.files.write(RECORDS, made.files.text(RECORDS) + made2)
    return index
  }),
  ofFiles('a record for the leaf of a round', 'record-without-leaf', (made) => {
    made.editLine(1, (line) => `${line.replace('"index":1,', '"index":0,')}\n${line}`)
    return 0
  }),
  ofFiles('two records swapped, with their salts', 'commitment-differs', (made) => {
    const [index, other] = [made.of('outcome'), made.of('outcome', 40)]
    const rest = (line: string) => line.replace(/^\{"index":[0-9]+/, '')
    let taken = ''
    made.editLine(index, (line) => {
      taken = rest(line)
      return line
    })
    made.editLine(other, (line) => {
      const own = rest(line)
      const moved = `{"index":${other}${taken}`
      taken = own
      return moved
    })
    made.editLine(index, () => `{"index":${index}${taken}`)
    return index
  }),
  ofFiles('a line that is no record line', 'line-unreadable', (made) => {
    made.editLine(made.of('outcome'), (line) => line.replace('{', '{"note":"edited",'))
    return undefined
  }),
]

export const ON_LOG: readonly Forgery[] = [
  ofFiles('a bit of a leaf', 'tile-differs', (made) => {
    const index = made.of('outcome')
    made.editBundle(index, (entries, at) =>
      entries.map((entry, i) =>
        i === at ? utf8(new TextDecoder().decode(entry).replace('"atMs":1', '"atMs":2')) : entry,
      ),
    )
    return index
  }),
  ofFiles('a leaf that is no leaf', 'leaf-unreadable', (made) => {
    const index = made.of('outcome')
    made.editBundle(index, (entries, at) =>
      entries.map((entry, i) => (i === at ? concat(entry, utf8(' ')) : entry)),
    )
    return index
  }),
  ofFiles('the length before an entry', 'entries-damaged', (made) => {
    made.flip(bundleOf(made.files, 256), 0)
    return 256
  }),
  ofFiles('a leaf removed with its record', 'tile-differs', (made) => {
    const index = made.of('outcome')
    made.editEntries((entries) => entries.toSpliced(index, 1))
    made.editLine(index, () => REMOVED)
    return index
  }),
  ofFiles('two leaves in another order', 'root-differs', (made) => {
    made.editBundle(made.of('outcome'), (entries, at) =>
      entries.toSpliced(at, 2, must(entries[at + 1]), must(entries[at])),
    )
    return undefined
  }),
  ofFiles('a leaf twice', 'tile-differs', (made) => {
    const index = made.of('outcome')
    made.editEntries((entries) => entries.toSpliced(index, 0, must(entries[index])))
    return index + 1
  }),
  ofFiles('one entry too many in a bundle', 'entries-count', (made) => {
    made.editBundle(0, (entries) => [...entries, must(entries[255])])
    return 256
  }),
  ofFiles('an entry bundle removed', 'entries-missing', (made) => {
    made.files.delete(bundleOf(made.files, 300))
    return 256
  }),
  ofFiles('the last entries removed', 'entries-count', (made) => {
    const { size } = made.checkpoint('checkpoint')
    made.editBundle(size - 1, (entries) => entries.slice(0, -3))
    return size - 3
  }),
  ofFiles('a bit of a full hash tile', 'tile-differs', (made) => {
    made.flip('tile/0/001', 32 * 17)
    return 256 + 17
  }),
  ofFiles('a bit of a partial tile', 'tile-differs', (made) => {
    made.flip(must([...made.files.keys()].find((one) => one.startsWith('tile/1/000.p/'))), 32)
    return undefined
  }),
  ofFiles('a bit of the last, partial tile', 'tile-differs', (made) => {
    const { size } = made.checkpoint('checkpoint')
    made.flip(bundleOf(made.files, size - 1).replace('entries', '0'), 0)
    return Math.floor(size / 256) * 256
  }),
  ofFiles('a hash tile cut short', 'tile-differs', (made) => {
    made.files.set('tile/0/000', must(made.files.get('tile/0/000')).slice(0, 32 * 200))
    return 0
  }),
  ofFiles('a hash tile removed', 'tile-missing', (made) => {
    made.files.delete('tile/0/001')
    return 256
  }),
]

export const ON_CHECKPOINTS: readonly Forgery[] = [
  ofFiles('a checkpoint of another size', 'checkpoint-forged', (made) => {
    made.editNote('checkpoint', ({ text }) => ({ text: text.replace(/\n([0-9]+)\n/, '\n1$1\n') }))
    return undefined
  }),
  ofFiles('a checkpoint of another root', 'checkpoint-forged', anotherRoot),
  ofFiles('a checkpoint of a root that the entries have not', 'root-differs', anotherRoot),
  ofFiles('a checkpoint that says another log', 'checkpoint-origin', (made) => {
    made.editNote('checkpoint', ({ text }) => ({ text: `other.${text}` }))
    return undefined
  }),
  ofFiles('a bit of the signature', 'checkpoint-forged', (made) => {
    made.editNote('checkpoint', ({ signatures }) => ({ signatures: signatures.map(flipped) }))
    return undefined
  }),
  ofFiles('a bit of a cosignature', 'checkpoint-forged', (made) => {
    made.editNote('checkpoint', ({ signatures: [own, ...others] }) => ({
      signatures: [must(own), ...others.map(flipped)],
    }))
    return undefined
  }),
  ofFiles('what is no checkpoint', 'checkpoint-unreadable', (made) => {
    made.files.write('checkpoint', 'nothing to see here\n')
    return undefined
  }),
  ofFiles('no checkpoint', 'checkpoint-missing', (made) => {
    made.files.delete('checkpoint')
    return undefined
  }),
  ofFiles('an empty export', 'checkpoint-missing', (made) => {
    made.files = new Files()
    return undefined
  }),
  ofFiles('a log cut short to an older checkpoint', 'checkpoint-newer', (made) => {
    made.kept.push({ file: 'kept by the auditor', bytes: must(made.files.get('checkpoint')) })
    made.files.set('checkpoint', must(made.files.get(`checkpoints/${made.olderSizes[0]}`)))
    return undefined
  }),
  ofFiles('an older checkpoint that was changed', 'older-checkpoint-unsigned', (made) => {
    made.editNote(`checkpoints/${made.olderSizes[0]}`, ({ text }) => ({
      text: text.replace(/\n([0-9]+)\n/, '\n1$1\n'),
    }))
    return undefined
  }),
  ofFiles('a cosignature removed', 'witness-quorum', (made) => {
    made.editNote('checkpoint', ({ signatures }) => ({ signatures: signatures.slice(0, -1) }))
    return undefined
  }),
  {
    name: 'a history written anew by someone with a key of their own, under the log’s name',
    says: 'checkpoint-untrusted',
    async forge(made) {
      made.draft.splice(made.of('outcome'), 1)
      const own = await makeKey()
      made.files = await seal(made.draft, { keys: [own] })
      made.files.write('trust', trustText([own]))
      return undefined
    },
  },
  {
    name: 'a history written anew under another name',
    says: 'checkpoint-origin',
    async forge(made) {
      await made.sealed()
      const own = await makeKey('log.portcullis.example.org')
      const { size, root } = made.checkpoint('checkpoint')
      made.files.write('checkpoint', await checkpointNote(size, root, [own], [], 0, own.key.name))
      return undefined
    },
  },
]

function anotherRoot(made: Case): undefined {
  const { encoded } = made.checkpoint(`checkpoints/${made.olderSizes[0]}`)
  made.editNote('checkpoint', ({ text }) => ({ text: text.replace(/[^\n]+\n$/, `${encoded}\n`) }))
}

function flipped({ value, ...of }: NoteSignature): NoteSignature {
  return { ...of, value: value.map((octet, i) => (i === 20 ? octet ^ 1 : octet)) }
}
