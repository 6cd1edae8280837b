/** `audit proof`: that one leaf is in the log, in one file that anybody can check. */
import fs from 'node:fs'
import { parseLogProof, verifyLogProof } from '../../audit/log-proof.ts'
import { parsePolicy, type Policy } from '../../audit/trust.ts'
import { utf8 } from '../../lib/bytes.ts'
import { AuditAnswers } from '../audit/answers.ts'
import { ownPolicy } from '../audit/trust-options.ts'
import { expectWords, readWords, say, type Command } from '../command.ts'
import { refuseToOverwrite } from '../files.ts'
import { useSession } from '../session.ts'
import { facts } from '../table.ts'
import { WrongUse } from '../wrong-use.ts'

const OPTIONS = {
  key: { type: 'string', multiple: true },
  trust: { type: 'string' },
  out: { type: 'string' },
} as const

export const proof: Command = {
  synopsis: 'LEAF [--key VKEY …] [--trust FILE] [--out FILE] [--json]',
  summary: 'Fetch and check the proof that a leaf is in the log, as a tlog-proof.',

  async run(words) {
    const { options, positionals } = readWords(words, OPTIONS)
    const [text = ''] = expectWords(positionals, ['the LEAF'])
    if (!/^(?:0|[1-9][0-9]{0,14})$/.test(text)) throw new WrongUse('A leaf is a number')
    const index = Number(text)
    const own = ownPolicy(options)
    if (options.out !== undefined) refuseToOverwrite(options.out)
    const answers = new AuditAnswers(await useSession(options))
    const proved = await answers.proof(index)
    const leaf = await leafAt(answers, index)
    const policy = own ?? (await gatewaysPolicy(answers))
    const result = await verifyLogProof(proved, utf8(leaf), policy)
    const problem = result.ok
      ? result.value.index === index
        ? undefined
        : `it is of leaf ${result.value.index}`
      : result.error
    if (options.out !== undefined)
      fs.writeFileSync(options.out, proved, { flag: 'wx', mode: 0o600 })
    const said = {
      ok: problem === undefined,
      problem,
      index,
      leaf,
      proof: proved,
      ownKey: own !== undefined,
    }
    say(
      options.json,
      said,
      problem === undefined ? textOf(proved, leaf, own !== undefined) : `NOT PROVED: ${problem}.`,
    )
    return problem === undefined ? 0 : 1
  },
}

async function leafAt(answers: AuditAnswers, index: number): Promise<string> {
  const { items } = await answers.records(index)
  const leaf = items.find((item) => item.index === index)?.leaf
  if (leaf === undefined) throw new Error(`Leaf ${index} stands for no record`)
  return leaf
}

/** On the gateway's own word. */
async function gatewaysPolicy(answers: AuditAnswers): Promise<Policy> {
  const { vkeys } = await answers.checkpoint()
  const parsed = parsePolicy(`${vkeys.map((vkey) => `log ${vkey}\n`).join('')}quorum none\n`)
  if (!parsed.ok) throw new Error('The gateway says keys that are none')
  return parsed.value
}

function textOf(text: string, leaf: string, isOwnKey: boolean): string {
  const { index, hashes, checkpoint } = parseLogProof(text) ?? {
    index: 0,
    hashes: [],
    checkpoint: '',
  }
  const [origin = '', size = ''] = checkpoint.split('\n')
  const about = facts([
    ['leaf', String(index)],
    ['log', `${origin}, ${size} leaves`],
    ['hashes', String(hashes.length)],
    ['says', leaf],
  ])
  const word = isOwnKey
    ? 'PROVED: this leaf is in the log.'
    : 'PROVED, on the word of the gateway itself: bring the log’s key with --key.'
  return `${text.trimEnd()}\n\n${about}\n\n${word}`
}
