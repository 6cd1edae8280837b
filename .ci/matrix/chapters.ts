/** All clauses, in the order of the page. */
import type { Chapter } from './clause.ts'
import { MIFID } from './mifid.ts'
import { ACCESS } from './mission-access.ts'
import { WATCH } from './mission-watch.ts'
import { OTHER } from './other.ts'
import { PCI } from './pci.ts'
import { RTS6 } from './rts6.ts'
import { MARKET_ACCESS, RECORDS } from './sec.ts'
import { SOC2 } from './soc2.ts'

export const CHAPTERS: readonly Chapter[] = [
  {
    title: 'The mission',
    about: 'What Portcullis was made for.',
    clauses: [...ACCESS, ...WATCH],
  },
  {
    title: 'RTS 6',
    about:
      'Delegated Regulation (EU) 2017/589: firms that trade by algorithm, and those who give direct electronic access.',
    clauses: RTS6,
  },
  {
    title: 'MiFID II: records, clocks, best execution',
    about:
      'Delegated Regulations (EU) 2017/565, 2017/580, 2017/590 and 2025/1155, which holds since 2 March 2026 in place of 2017/574.',
    clauses: MIFID,
  },
  {
    title: 'SEC 15c3-5 and CAT',
    about:
      'The market access rule, and what the Consolidated Audit Trail asks of clocks and orders.',
    clauses: MARKET_ACCESS,
  },
  {
    title: 'SEC 17a-4',
    about: 'Electronic records, as amended in 2022. One of (f)(2)(i)(A) and (B) is chosen.',
    clauses: RECORDS,
  },
  {
    title: 'PCI DSS 4.0.1',
    about: 'Only if the gateway stands in, or connects to, an environment of card data.',
    clauses: PCI,
  },
  {
    title: 'SOC 2',
    about:
      'The criteria of 2017. Cloudflare is a subservice organisation; what stays with the broker are its own controls.',
    clauses: SOC2,
  },
  {
    title: 'DORA, NIST, OWASP',
    about: '2022/2554 with its standards, SP 800-63B-4, and the API Security Top 10 of 2023.',
    clauses: OTHER,
  },
]
