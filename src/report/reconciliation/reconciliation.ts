/**
 * The log beside the origin's own journal, call by call: what the gateway forwarded and the origin never had, what the
 * origin had and the gateway never forwarded, and what is not the same on both sides.
 */
import { figure, type Entry, type Fold, type Part, type Ports, type Report } from '../report.ts'
import { Span, Tally } from '../tally.ts'
import { instant } from '../text.ts'
import { callOf, partOf, type Call } from './call.ts'
import { differencesOf, isBodyCompared } from './compare.ts'
import { Journal, type JournalFile } from './journal.ts'
import { SAFE, type HashText, type JournalLine } from './journal-line.ts'
import { Judged } from './period.ts'
import { ALTERED, EXTRA, JOURNALS, MISSING, NOT_JUDGED, RESOLVED, UNREADABLE } from './tables.ts'

export interface Sides {
  readonly journals: readonly JournalFile[]
  readonly hash: HashText
  /** How near to an end of the period nothing is held against one side alone. */
  readonly marginMs: number
}

const TABLES = [MISSING, EXTRA, ALTERED, RESOLVED, NOT_JUDGED, UNREADABLE, JOURNALS] as const

/** The figures of which none but 0 is what one wants to see. */
export const FINDINGS = ['missing', 'extra', 'altered', 'unreadable'] as const

export function reconciliation(sides: Sides): Report {
  const part: Part = { tables: TABLES, begin: (ports) => new Reconciliation(ports, sides) }
  return {
    title: 'Reconciliation with the origin’s own journal',
    rule: 'RTS 6 (2017/589) Art 17; the entered orders of SEC Rule 15c3-5(c)',
    about:
      'Every unsafe call that the gateway forwarded, beside what the origin itself says that it received: missing, ' +
      'extra, altered.',
    isNot:
      'A reconciliation of executions, positions or cash, or a judgement of which side is right where the two differ.',
    parts: [part],
  }
}

const CALLS = 'calls'

class Reconciliation implements Fold {
  readonly #ports: Ports
  readonly #sides: Sides
  readonly #log = new Span()
  readonly #journal: Journal
  readonly #counts = new Tally()

  constructor(ports: Ports, sides: Sides) {
    this.#ports = ports
    this.#sides = sides
    this.#journal = new Journal(ports, sides.hash)
  }

  take({ index, record }: Entry): void {
    this.#log.take(record.atMs)
    const part = partOf(index, record)
    if (part === undefined) return
    this.#ports.shelf.put(`call:${part.requestId}`, part.text)
    this.#ports.shelf.add(CALLS, JSON.stringify([part.requestId, index]))
  }

  end() {
    for (const file of this.#sides.journals) {
      const { lines, unreadable } = this.#journal.take(file)
      this.#counts.add('lines', lines)
      this.#counts.add('unreadable', unreadable)
    }
    const judged = new Judged(this.#ports.period, this.#log, this.#sides.marginMs)
    for (const call of this.#calls()) this.#judgeCall(call, judged)
    for (const line of this.#journal.all()) this.#judgeLine(line, judged)
    return {
      id: 'reconciliation',
      title: 'Log and journal',
      about:
        `Compared by request id, from ${instant(judged.fromMs)} to before ${instant(judged.toMs)}. What is on one side ` +
        `only within ${this.#sides.marginMs / 1_000} s of either end is not judged. What one side does not tell is not compared.`,
      figures: this.#figures(),
      charts: [],
      tables: TABLES.map(({ id }) => id),
    }
  }

  /** Each once, in the order of the log. */
  *#calls(): Generator<Call> {
    for (const text of this.#ports.shelf.list(CALLS)) {
      const [requestId, index]: [string, number] = JSON.parse(text)
      const call = this.#call(requestId)
      if (call?.index === index) yield call
    }
  }

  #call(requestId: string): Call | undefined {
    return callOf(requestId, this.#ports.shelf.all(`call:${requestId}`))
  }

  #judgeCall(call: Call, judged: Judged): void {
    const { account } = this.#ports
    if (call.standing === 'read' || !judged.has(call.atMs)) return
    if (account !== undefined && call.account !== account) return
    const lines = this.#journal.of(call.requestId)
    if (call.standing === 'not sent') {
      for (const line of lines) this.#extra(line, 'the gateway did not forward it', call)
      return
    }
    const [line, ...more] = lines
    this.#counts.add('forwarded')
    this.#counts.add('twice', more.length)
    for (const again of more) this.#extra(again, 'the same request id once more', call)
    if (line === undefined) this.#absent(call, judged)
    else this.#compare(call, line)
  }

  #absent(call: Call, judged: Judged): void {
    if (judged.isAtEdge(call.atMs)) {
      this.#counts.add('not-judged')
      this.#ports.emit(NOT_JUDGED.id, { of: 'the log', ...named(call) })
    } else if (call.standing === 'unknown') this.#resolved(call, undefined)
    else {
      this.#counts.add('missing')
      const { route, status } = call
      this.#ports.emit(MISSING.id, { ...named(call), route, status, ...ordered(call) })
    }
  }

  #compare(call: Call, line: JournalLine): void {
    const { file, line: number } = line
    const differences = differencesOf(call, line)
    this.#counts.add(differences.length === 0 ? 'alike' : 'altered')
    if (!isBodyCompared(call, line)) this.#counts.add('bodies-not-compared')
    for (const { what, log, journal } of differences)
      this.#ports.emit(ALTERED.id, {
        ...named(call),
        file,
        line: number,
        what,
        inLog: log,
        inJournal: journal,
      })
    if (call.standing === 'unknown') this.#resolved(call, line)
  }

  #resolved(call: Call, line: JournalLine | undefined): void {
    this.#counts.add(line === undefined ? 'never-arrived' : 'arrived')
    const { route, status, code } = call
    const answered = line?.status === undefined ? '' : `, and was answered ${line.status}`
    this.#ports.emit(RESOLVED.id, {
      ...named(call),
      route,
      known: status === undefined ? 'no outcome ever came' : `${status} ${code ?? ''}`.trim(),
      resolved: line === undefined ? 'it never arrived' : `it arrived${answered}`,
      file: line?.file,
      line: line?.line,
      ...ordered(call),
    })
  }

  /** A line of which the log has nothing; the others were judged with their calls. */
  #judgeLine(line: JournalLine, judged: Judged): void {
    const { account, emit } = this.#ports
    if (line.requestId !== undefined && this.#call(line.requestId) !== undefined) return
    if (SAFE.has(line.method)) this.#counts.add('reads')
    else if (account !== undefined && (line.account ?? account) !== account)
      this.#counts.add('others')
    else if (!judged.has(line.atMs)) this.#counts.add('others')
    else if (judged.isAtEdge(line.atMs)) {
      this.#counts.add('not-judged')
      const { file, line: number, requestId, account: of } = line
      const row = { file, line: number, at: instant(line.atMs), requestId, account: of }
      emit(NOT_JUDGED.id, { of: 'the journal', ...row })
    } else
      this.#extra(
        line,
        line.requestId === undefined
          ? 'it has no request id'
          : 'no unsafe call of the log has this request id',
      )
  }

  #extra(line: JournalLine, why: string, call?: Call): void {
    this.#counts.add('extra')
    const { file, line: number, atMs, requestId, account, method, target: path, status } = line
    const at = { file, line: number, at: instant(atMs), leaf: call?.index }
    this.#ports.emit(EXTRA.id, { ...at, why, requestId, account, method, path, status })
  }

  #figures() {
    const counted = (id: string, title: string) => figure(id, title, this.#counts.of(id))
    return [
      counted('forwarded', 'calls that left for the origin'),
      counted('alike', 'the same on both sides'),
      counted('missing', 'missing: answered, and not in the journal'),
      counted('extra', 'extra: in the journal, and not forwarded'),
      counted('twice', 'of which the same request id once more'),
      counted('altered', 'altered: the same request, and something else'),
      counted('arrived', 'unknown outcomes that did arrive'),
      counted('never-arrived', 'unknown outcomes that never arrived'),
      counted('not-judged', 'not judged, at an end of the period'),
      counted('bodies-not-compared', 'whose body one side does not tell'),
      counted('lines', 'lines of the journal'),
      counted('unreadable', 'of which cannot be read'),
      counted('reads', 'of which only ask'),
      counted('others', 'of which are of another time or account'),
    ]
  }
}

function named({ index, atMs, requestId, account }: Call) {
  return { leaf: index, at: instant(atMs), requestId, account }
}

/** What the log says of the first order of a call. */
function ordered({ orders, answers }: Call) {
  const said = orders[0]?.fields
  return {
    symbol: said?.symbol?.[0],
    side: said?.buySell?.[0],
    quantity: (said?.remainingQuantity ?? said?.initialQuantity)?.[0],
    price: said?.limitPrice?.[0],
    clientOrderId: (said?.clientOrderId ?? said?.targetOrderId)?.[0],
    orderId: answers[0]?.orderId ?? said?.orderId?.[0],
  }
}
