/** The rest of MiFID II: order records, clocks, best execution. */
import { ask, find, VERIFY, type Clause } from './clause.ts'
import { ORDER_RECORD } from './orders.ts'

const BOUND = ask(
  `SELECT time, requestId, record->>'$.origin.clock.lowMs' AS lowMs, record->>'$.origin.clock.highMs' AS highMs FROM records WHERE type = 'outcome' AND kind = 'order'`,
)

export const MIFID: readonly Clause[] = [
  {
    id: '2017/565/74',
    name: '2017/565 Article 74 and Annex IV, section 1',
    asks: 'A record of each client order as it came: who, what, how much, at which price, when.',
    state: 'built',
    code: ['src/risk/event.ts', 'src/risk/order-event.ts'],
    evidence: ORDER_RECORD,
    broker: 'Knows the client by name, and keeps it out of here.',
  },
  {
    id: '2017/565/75',
    name: '2017/565 Article 75 and Annex IV, section 2',
    asks: 'What became of it: transmission, execution, price, quantity, counterparty.',
    state: 'with the broker',
    broker: 'All of it; the gateway knows when it was transmitted, and what was answered.',
  },
  {
    id: 'mifid/16-retention',
    name: 'Directive 2014/65/EU Article 16(6), (7)',
    asks: 'Records are kept five years, up to seven on request, found again, and any change to them shows.',
    state: 'built',
    code: ['src/audit', 'src/access/policy-schema.ts', 'docs/audit.md'],
    evidence: VERIFY,
    broker: 'Chooses the periods, and keeps exports for its authority.',
  },
  {
    id: 'rts24',
    name: '2017/580 (RTS 24), as vocabulary',
    asks: 'Order records in the fields and codes of the venues’ own; what nobody said stays empty.',
    state: 'built',
    code: ['src/risk/event.ts', 'src/risk/order-event.ts'],
    evidence: ORDER_RECORD,
    broker: 'Gives its venue what the venue must record.',
  },
  {
    id: 'rts22',
    name: '2017/590 (RTS 22)',
    asks: 'Reports of transactions by the next working day.',
    state: 'with the broker',
    broker: 'All of it; ids and times of the gateway are input at most.',
  },
  {
    id: '2025/1155/11',
    name: '2025/1155 Article 11',
    asks: 'Business clocks are synchronised to UTC.',
    state: 'with the broker',
    broker: 'Its clock is the business clock: all of it.',
  },
  {
    id: '2025/1155/12',
    name: '2025/1155 Article 12',
    asks: 'How exact the clocks of trading venues are.',
    state: 'with the broker',
    broker: 'All of it, where it is one.',
  },
  {
    id: '2025/1155/13',
    name: '2025/1155 Article 13 and Annex IV',
    asks: 'How exact the clocks of members are. The gateway claims no tier: it records a measured bound beside each order.',
    state: 'built',
    code: ['src/clock', 'src/gateway/exchange.ts', 'docs/clocks.md'],
    evidence: BOUND,
    broker: 'Knows its tier, and stamps with a clock that reaches it.',
  },
  {
    id: '2025/1155/14-15',
    name: '2025/1155 Articles 14, 15',
    asks: 'How exact the clocks of publication arrangements and tape providers are.',
    state: 'with the broker',
    broker: 'All of it, where it is one.',
  },
  {
    id: '2025/1155/16',
    name: '2025/1155 Article 16',
    asks: 'Traceability to UTC: where exactly a time is stamped, that it stays there, and a yearly review.',
    state: 'built',
    code: ['src/app.ts', 'src/gateway/forward.ts', 'docs/clocks.md'],
    evidence: ask(
      `SELECT record->>'$.worker' AS worker, min(time) AS first, max(time) AS last FROM records WHERE type = 'outcome' GROUP BY ALL`,
    ),
    broker: 'Owns the document: sources, offsets and leap seconds of its clock, and the review.',
  },
  {
    id: 'best-execution/times',
    name: 'Directive 2014/65/EU Article 27, times',
    asks: 'When an order came, left, was received and answered.',
    state: 'built',
    code: ['src/gateway/exchange.ts', 'src/audit/record.ts'],
    evidence: ask(
      `SELECT requestId, record->>'$.receivedAtMs' AS came, record->>'$.origin.sentAtMs' AS sent, record->>'$.origin.answeredAtMs' AS answered FROM records WHERE type = 'outcome' AND kind = 'order'`,
    ),
    broker: 'Has its policy, monitors it, and tells clients where it executed.',
  },
  {
    id: 'best-execution/instructions',
    name: 'Directive 2014/65/EU Article 27, instructions',
    asks: 'What the client wanted, and the price that was known when the order came.',
    state: 'not built yet',
    broker: 'Adds quotes and executions.',
  },
  {
    id: 'best-execution/review',
    name: '2017/565 Article 66; FINRA 5310',
    asks: 'The arrangements are reviewed, and found to be the best.',
    state: 'with the broker',
    broker: 'All of it.',
  },
  {
    id: 'mifid/unknown-outcome',
    name: 'Directive 2014/65/EU Article 16(6), whole records',
    asks: 'An order of which nobody knows what became is recorded as that, and guessed at by nobody.',
    state: 'built',
    code: ['src/audit/arrivals.ts', 'src/gateway/forward.ts'],
    evidence: find('--type unknown'),
    broker: 'Looks it up, and adds what it finds.',
  },
]
