/** Every report, one row each: a new report is one file of parts and one row here. */
import { accessReview } from './access-review.ts'
import { executionEvidence } from './best-execution.ts'
import { annex4, rts24 } from './orders.ts'
import { clocks } from './parts/clocks.ts'
import { coverage } from './parts/coverage.ts'
import { gaps } from './parts/gaps.ts'
import { limitHistory } from './parts/limits.ts'
import { kills, latches } from './parts/listed-changes.ts'
import { outages } from './parts/outages.ts'
import { overrides } from './parts/overrides.ts'
import { peaks } from './parts/peaks.ts'
import { prices } from './parts/prices.ts'
import { rejects } from './parts/rejects.ts'
import { unknowns } from './parts/unknowns.ts'
import { PCI_10, SOC2 } from './populations.ts'
import type { Report } from './report.ts'

export const REPORTS = {
  orders: {
    title: 'Order record extract',
    rule: 'Delegated Regulation (EU) 2017/565 Arts 74–75 and Annex IV; RTS 6 (2017/589) Art 28; field names of RTS 24 (2017/580)',
    about:
      'Every order that was made, changed, cancelled or refused at the gateway, as it was recorded.',
    isNot:
      'A transaction report, or a record of what was executed: price, quantity and venue of executions are known to the broker.',
    parts: [rts24],
    shapes: { rts24: [rts24], annex4: [annex4] },
  },
  limits: {
    title: 'Limits: their history, and what they refused',
    rule: 'SEC Rule 15c3-5(c)–(e); RTS 6 (2017/589) Arts 15 and 5(7)',
    about: 'Who changed which limit, when, why and by whose approval, and what each rule refused.',
    isNot: 'A judgement of whether the limits were right: that is for whoever set them to review.',
    parts: [limitHistory, rejects, overrides],
  },
  '15c3-5': {
    title: 'Evidence for the annual review of market access controls',
    rule: 'SEC Rule 15c3-5(e): annual review of effectiveness, and certification by the CEO or equivalent',
    about:
      'Input to the review and to the certification. The controls and the procedures that it is evidence of are ' +
      'described in docs/controls/, which the review reads beside it.',
    isNot:
      'A certificate, or a review. Whether the controls were effective is for the broker-dealer to judge and to certify.',
    parts: [
      coverage,
      limitHistory,
      rejects,
      overrides,
      latches,
      kills,
      outages,
      prices,
      unknowns,
      clocks,
      gaps,
    ],
  },
  clock: {
    title: 'Clock bounds',
    rule: 'Delegated Regulation (EU) 2025/1155 Arts 11–16 (formerly RTS 25); FINRA 4590; PCI DSS 10.6',
    about:
      'How far the gateway’s clock and the origin’s can have differed, as measured with each order.',
    isNot:
      'Evidence that any clock was close to UTC: the business clock is the origin’s, and its traceability is documented there.',
    parts: [clocks],
  },
  rts6: {
    title: 'Data for the annual self-assessment of algorithmic trading',
    rule: 'RTS 6 (2017/589) Arts 9, 10, 12, 15 and 5(7)',
    about:
      'Messages at their peak, what controls refused, what was switched off, and what was changed with whose approval.',
    isNot: 'A self-assessment: that is the firm’s own, article by article.',
    parts: [peaks, coverage, rejects, overrides, latches, kills, limitHistory],
  },
  'best-execution': {
    title: 'Evidence extract for the review of execution quality',
    rule: 'MiFID II Art 27 and Delegated Regulation (EU) 2017/565 Art 66; FINRA 5310',
    about:
      'Arrival, instructions, reference price and answer of each order, with the time each way took.',
    isNot: 'A report of best execution: executions, venues and prices are not seen at the edge.',
    parts: [executionEvidence],
  },
  soc2: {
    title: 'Populations for a SOC 2 examination',
    rule: 'Trust Services Criteria CC6.1–CC6.8, CC7.1–CC7.5, CC8.1 and A1',
    about:
      'The populations that an examination draws samples from, with the proof that they are complete. Cloudflare is a ' +
      'subservice organisation; limits, review of alerts and offboarding are controls of the broker.',
    isNot: 'An opinion, or a description of the system.',
    parts: SOC2,
  },
  'pci-10': {
    title: 'Populations of events for PCI DSS requirement 10',
    rule: 'PCI DSS v4.0.1, 10.2.1.1–10.2.1.7, 10.2.2, 10.3, 10.5.1, 10.7',
    about:
      'What was logged of whom, what was changed of the log, which time it covers, and where it failed.',
    isNot:
      'A statement of scope: whether the gateway is connected to cardholder data is for the assessor to decide.',
    parts: PCI_10,
  },
  'access-review': {
    title: 'Review of access',
    rule: 'PCI DSS v4.0.1, 7.2.4 and 7.2.5.1; SOC 2 CC6.2 and CC6.3',
    about: 'People, roles, keys and what they may do, as they stood at the end of the period.',
    isNot: 'A decision: the last columns are for whoever reviews.',
    parts: [accessReview],
  },
} as const satisfies Readonly<Record<string, Report>>
