/** What docs/siem.md says of decisions, fields, codes and commands, against the code that it speaks of. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import policy from '../../gateway.config.ts'
import { REFUSALS } from '../../src/refusal.ts'
import { DECISIONS, ENDINGS, type Decision } from '../../src/siem/decisions.ts'
import { heartbeatEvent } from '../../src/siem/heartbeat.ts'
import { ocsfEvent, ocsfFault, ocsfSignal } from '../../src/siem/ocsf.ts'
import { FRESH } from '../../src/siem/outbox.ts'
import { CHANGES, OUTCOME, PRODUCT, RECORDS, SIGNALS } from '../support/records.ts'

const PAGE = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/siem.md'), 'utf8')

function rowOf([code, decision]: readonly [string, Decision]): string {
  const { status_id, action_id, disposition_id, severity_id, is_alert, policy: control } = decision
  const cells = [
    code,
    status_id,
    action_id,
    disposition_id,
    severity_id,
    is_alert ? 'yes' : '',
    control === undefined ? '' : `\`${control.uid}\``,
  ]
  return `| ${cells.join(' | ')} |`
}

/** Without what the formatter pads a table with. */
function squeezed(text: string): string {
  return text.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '-').trim()
}

const ENDS = {
  done: 'no refusal, below 400',
  declined: 'no refusal, 400 to 499',
  failed: 'no refusal, from 500',
  refused: 'a code of a newer version',
} as const

test('the table of decisions is the code’s', () => {
  const rows = [
    ...Object.entries(DECISIONS).map(([code, row]) => rowOf([`\`${code}\``, row])),
    ...Object.entries(ENDS).map(([name, words]) => {
      const [, row = ENDINGS.done] = Object.entries(ENDINGS).find(([end]) => end === name) ?? []
      return rowOf([words, row])
    }),
  ]
  const [, table = ''] = /<!-- decisions -->([\s\S]*?)<!-- \/decisions -->/.exec(PAGE) ?? []
  const [, , ...written] = table.trim().split('\n').map(squeezed)
  expect(written).toEqual(rows.map(squeezed))
})

/** Every member that any event has, by its path, and every text. */
function known(): { readonly paths: ReadonlySet<string>; readonly texts: ReadonlySet<string> } {
  const [paths, texts] = [new Set<string>(), new Set<string>()]
  const walk = (value: unknown, at: string) => {
    paths.add(at)
    if (typeof value === 'string') texts.add(value)
    if (Array.isArray(value)) for (const item of value) walk(item, at)
    else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value))
        walk(member, at === '' ? name : `${at}.${name}`)
  }
  const refused = { ...OUTCOME, decision: 'refused', code: 'origin_timeout', reason: 'x' } as const
  const events = [
    ...[...RECORDS, ...CHANGES].map((record) => ocsfEvent(record, PRODUCT)),
    ...SIGNALS.flatMap((signal) =>
      ocsfSignal({ ...signal, features: { ...signal.features, networks: 3 } }, PRODUCT),
    ),
    ocsfEvent({ ...refused, code: 'rate_limited', session: 'ses_1' }, PRODUCT),
    ocsfEvent({ ...refused, outcome: 'unknown', dialect: 'x'.repeat(9_000) }, PRODUCT),
    ocsfEvent({ ...OUTCOME, reason: '€'.repeat(2_000), account: '€'.repeat(2_000) }, PRODUCT),
    ocsfEvent({ ...OUTCOME, requestHash: '€'.repeat(2_000), user: '€'.repeat(2_000) }, PRODUCT),
    ocsfFault({ uid: 'f', atMs: 0, where: 'audit', code: 'log_rollback' }, PRODUCT),
    heartbeatEvent('splunk', FRESH, new Map(), OUTCOME.atMs, PRODUCT),
  ]
  for (const event of events) walk(JSON.parse(JSON.stringify(event)), '')
  return { paths, texts }
}

function fences(language: string): string {
  const blocks = PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))
  return [...blocks].map(([, block]) => block).join('\n')
}

describe('a rule for a SIEM', () => {
  const { paths, texts } = known()

  // @control pci/10.4
  test('names members that events have', () => {
    const prefixed = `${fences('esql')}\n${fences('datadog')}`
    const names = [...prefixed.matchAll(/ocsf\.([a-z_.]+[a-z_])/g)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(100)
    expect(names.filter((name) => !paths.has(name))).toEqual([])
    const spl = fences('spl').replaceAll('{}', '')
    const dotted = [...spl.matchAll(/[a-z_]+(?:\.[a-z_]+)+/g)].map(([name]) => name)
    expect(dotted.length).toBeGreaterThan(60)
    expect(dotted.filter((name) => !paths.has(name) && !texts.has(name))).toEqual([])
  })

  // @control pci/10.4
  test('names codes that there are', () => {
    const rules = ['spl', 'esql', 'datadog'].map(fences).join('\n')
    const lists = rules.matchAll(/status_code(?: IN |:| == |=)(\([^)]*\)|"?[a-z_]+"?)/g)
    const codes = [...lists].flatMap(([, list = '']) => list.match(/[a-z_]{3,}/g) ?? [])
    expect(codes.length).toBeGreaterThan(40)
    expect(codes.filter((code) => !(code in REFUSALS))).toEqual([])
  })

  // @control pci/10.4 soc2/CC7.2
  test('names signals, classes and operations that there are', () => {
    const rules = ['spl', 'esql', 'datadog'].map(fences).join('\n')
    const rulesNamed = rules.matchAll(/analytic\.uid(?: IN |:| == |=)(\([^)]*\)|"?[a-z_]+"?)/g)
    const ids = [...rulesNamed].flatMap(([, list = '']) => list.match(/[a-z_]{3,}/g) ?? [])
    const signals = new Set<string>(SIGNALS.map(({ rule }) => rule))
    expect(ids.length).toBeGreaterThan(8)
    expect(ids.filter((id) => !signals.has(id))).toEqual([])
    const classes = [...rules.matchAll(/\b[236]00[0-9]\b/g)].map(([uid]) => uid)
    expect(new Set(classes)).toEqual(new Set(['2004', '2005', '3002', '3003', '3004', '6003']))
  })
})

test('the guide to fields names members that events have', () => {
  const { paths } = known()
  const [guide = ''] = /## What an event says[\s\S]*?### Decisions/.exec(PAGE) ?? []
  const first = guide
    .split('\n')
    .flatMap((line) => (line.startsWith('| `') ? [line.split('|')[1] ?? ''] : []))
  const names = first.flatMap((cell) =>
    [...cell.matchAll(/`([a-z_.]+)`/g)].map(([, name = '']) => name),
  )
  expect(names.length).toBeGreaterThan(25)
  expect(names.filter((name) => !paths.has(name))).toEqual([])
})

test('each sink of the demo’s policy is in the page, with its variable and its secret', () => {
  for (const { id, type, url, token } of policy.sinks)
    for (const word of [id, type, url, token]) expect(PAGE, word).toContain(`\`${word}\``)
})

const hasJq = (() => {
  try {
    execFileSync('jq', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!hasJq)('the check of Logpush jobs', () => {
  const [, program = ''] = /jq -e '([\s\S]*?)'\n/.exec(PAGE) ?? []
  const JOB = {
    dataset: 'workers_trace_events',
    enabled: true,
    output_options: { sample_rate: 1 },
    filter: '',
    error_message: null,
  }
  const passes = (jobs: readonly unknown[]) => {
    try {
      execFileSync('jq', ['-e', program], {
        input: JSON.stringify({ result: jobs }),
        stdio: 'pipe',
      })
      return true
    } catch {
      return false
    }
  }

  test('passes a job that leaves nothing out, and no other', () => {
    expect(passes([JOB])).toBe(true)
    expect(passes([JOB, { ...JOB, dataset: 'http_requests', enabled: false }])).toBe(true)
    for (const wrong of [
      { enabled: false },
      { output_options: { sample_rate: 0.5 } },
      { filter: '{"where":{}}' },
      { error_message: 'destination unreachable' },
      { dataset: 'audit_logs_v2' },
    ])
      expect(passes([{ ...JOB, ...wrong }]), JSON.stringify(wrong)).toBe(false)
    expect(passes([])).toBe(false)
  })
})
