/**
 * The figures of the evidence pack counted once more, from the lines of an export, with loops and objects and nothing of
 * `src/report`: what it is held against.
 */
import { rawRecords, type Figures, type Raw } from './raw-records.ts'
import { recountClock } from './recount-clock.ts'

export interface Recount {
  readonly figures: Figures
  /** Orders refused, by rule and scope; by day and rule. */
  readonly byRule: Record<string, number>
  readonly byDay: Record<string, number>
  readonly callsByCode: Record<string, number>
  /** From, to and number of each outage. */
  readonly outages: readonly string[]
  readonly events: Record<string, number>
  readonly clock: ReturnType<typeof recountClock>['rows']
  /** Requests of unknown outcomes that a reconciliation names. */
  readonly reconciled: readonly string[]
}

const FAILURES = [
  'guard_unavailable',
  'risk_unavailable',
  'control_stale',
  'credential_unavailable',
  'audit_unavailable',
  'internal',
  'origin_unreachable',
  'origin_timeout',
]

export function recount(folder: string): Recount {
  const figures: Figures = {}
  const add = (name: string, by = 1) => (figures[name] = (figures[name] ?? 0) + by)
  for (const name of ZERO) figures[name] = 0
  const byRule: Record<string, number> = {}
  const byDay: Record<string, number> = {}
  const callsByCode: Record<string, number> = {}
  const events: Record<string, number> = {}
  const failures: Record<string, number[]> = {}
  const ages: number[] = []
  const lost: string[] = []
  const reconciliations: string[] = []
  const approvals: string[] = []
  const overridden: string[] = []
  const subjects = new Set<string>()
  const people = new Set<string>()
  const rules = new Set<string>()
  const inc = (of: Record<string, number>, name: string, by = 1) =>
    (of[name] = (of[name] ?? 0) + by)
  const refused = (code: string, scope: string, atMs: number, by: number) => {
    inc(byRule, `${code}|${scope}`, by)
    inc(byDay, `${new Date(atMs).toISOString().slice(0, 10)}|${code}`, by)
    rules.add(code)
    add('rejects.orders', by)
  }

  const admitted: string[] = []
  const ended = new Set<string>()
  for (const { record: r } of rawRecords(folder)) {
    if (r.type === 'admission' && !r.route.includes(' /gw/'))
      admitted.push(`${r.keyId}:${r.sequence}`)
    if (r.type === 'outcome' || r.type === 'unknown') ended.add(`${r.keyId}:${r.sequence}`)
    if (r.type === 'order_event') {
      add('coverage.events')
      inc(events, `${r.event} ${r.decision}`)
      const isOrder = r.event === 'NEWO' || r.event === 'REME'
      if (isOrder) add('coverage.orders')
      if (r.decision === 'refused') {
        add('coverage.refused')
        refused(r.code, r.scope, r.atMs, 1)
      }
      if (isOrder && r.referenceAgeMs === undefined) add('prices.without-age')
      if (isOrder && r.referenceAgeMs !== undefined) ages.push(r.referenceAgeMs)
      if (r.decision === 'refused' && /stale|reference/.test(r.code)) add('prices.refused')
      if (r.override !== undefined) overridden.push(r.override)
    } else if (r.type === 'outcome') {
      add('outages.calls')
      if (r.kind === 'order' && r.decision === 'forwarded') add('coverage.forwarded-calls')
      const edge = r.refusedOrders?.length ?? 0
      add('coverage.refused-at-edge', edge)
      add('coverage.events', edge)
      if (edge > 0) refused(r.code, 'the edge', r.atMs, edge)
      for (const one of r.refusedOrders ?? []) inc(events, `${one.event} refused at the edge`)
      if (r.decision === 'refused' && r.kind !== 'read') {
        add('rejects.calls')
        inc(callsByCode, r.code)
      }
      if (FAILURES.includes(r.code)) {
        add('outages.failed')
        failures[r.code] = [...(failures[r.code] ?? []), r.atMs]
      }
      if (r.outcome === 'unknown') {
        add('unknowns.timed-out')
        lost.push(r.requestId)
      }
    } else if (r.type === 'unknown') {
      add('unknowns.never-came')
      lost.push(r.requestId)
    } else if (r.type === 'gap') {
      add(`gaps.${r.cause}`)
      add('gaps.numbers', r.last - r.first + 1)
    } else if (r.type === 'change') {
      if (r.what === 'risk.limits') {
        add('limits.changes')
        subjects.add(`${r.subject.type} ${r.subject.id}`)
        people.add(r.user)
        countLimits(r, add)
      }
      if (r.what.startsWith('risk.override.')) add(`overrides.${r.what.slice(14)}`)
      if (r.what === 'risk.override.approved') approvals.push(r.after)
      if (r.what === 'risk.latched') add('latches.latched')
      if (r.what === 'risk.released') add('latches.released')
      if (r.what === 'risk.reconciled') reconciliations.push(r.after)
    }
  }

  ages.sort((a, b) => a - b)
  figures['prices.with-age'] = ages.length
  figures['prices.median'] = ages[Math.ceil(ages.length / 2) - 1] ?? null
  figures['prices.p99'] = ages[Math.ceil(0.99 * ages.length) - 1] ?? null
  figures['prices.oldest'] = ages.at(-1) ?? null
  figures['rejects.rules'] = rules.size
  figures['limits.subjects'] = subjects.size
  figures['limits.people'] = people.size
  figures['overrides.orders'] = overridden.length
  figures['overrides.without-approval'] = overridden.filter(
    (id) => !approvals.some((text) => JSON.parse(text).id === id),
  ).length
  const named = new Set(reconciliations.map((text) => JSON.parse(text).requestId))
  const reconciled = lost.filter((id) => named.has(id))
  figures['unknowns.reconciled'] = reconciled.length
  figures['unknowns.not-ended'] = admitted.filter((id) => !ended.has(id)).length
  figures['unknowns.open'] = lost.length - reconciled.length
  const outages = outagesOf(failures)
  figures['outages.outages'] = outages.length
  figures['outages.longest'] = Math.max(0, ...outages.map(({ from, to }) => (to - from) / 1_000))
  const { rows: clock, figures: ofClock } = recountClock(folder)
  return {
    figures: { ...figures, ...ofClock, 'kills.kills': null, 'kills.drills': null },
    byRule,
    byDay,
    callsByCode,
    outages: outages
      .map(({ code, from, to, count }) => `${code} ${from} ${to} ${count}`)
      .toSorted(),
    events,
    clock,
    reconciled: reconciled.toSorted(),
  }
}

function countLimits(r: Raw, add: (name: string, by?: number) => void): void {
  const before = flat(JSON.parse(r.before ?? '{}'))
  const after = flat(JSON.parse(r.after))
  let raised = false
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (name === 'untilMs' || name === 'raised' || name.startsWith('raised.')) continue
    if (before[name] === after[name]) continue
    add('limits.members')
    const [was, is] = [Number(before[name]), Number(after[name])]
    if (is > was) raised = true
  }
  if (raised) add('limits.raises')
  if (JSON.parse(r.after).untilMs !== undefined) add('limits.with-end')
  for (const name of ['reason', 'approver', 'ticket'])
    if (r[name] === undefined) add(`limits.without-${name}`)
}

function flat(value: Raw, prefix = ''): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [name, member] of Object.entries(value))
    if (typeof member === 'object') Object.assign(all, flat(member, `${prefix}${name}.`))
    else all[prefix + name] = JSON.stringify(member).replaceAll('"', '')
  return all
}

/** Sorted, and cut where a minute passes without a failure. */
function outagesOf(failures: Record<string, number[]>) {
  const all: { code: string; from: number; to: number; count: number }[] = []
  for (const [code, times] of Object.entries(failures)) {
    let open: (typeof all)[number] | undefined
    for (const atMs of times.toSorted((a, b) => a - b)) {
      if (open === undefined || atMs - open.to > 60_000) {
        open = { code, from: atMs, to: atMs, count: 0 }
        all.push(open)
      }
      open.to = atMs
      open.count += 1
    }
  }
  return all
}

const ZERO = [
  'coverage.events coverage.orders coverage.refused coverage.refused-at-edge coverage.forwarded-calls',
  'limits.changes limits.members limits.raises limits.subjects limits.people limits.with-end',
  'limits.without-reason limits.without-approver limits.without-ticket',
  'rejects.orders rejects.rules rejects.calls overrides.asked overrides.approved overrides.used',
  'latches.latched latches.released latches.halts outages.calls outages.failed',
  'prices.without-age prices.refused unknowns.never-came unknowns.timed-out',
  'gaps.restart gaps.not-received gaps.unreadable gaps.numbers gaps.twice',
].flatMap((line) => line.split(' '))
