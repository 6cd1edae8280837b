/** A report as one page, to be read, printed and signed. */
import {
  NOT_RECORDED,
  type Cell,
  type Column,
  type Figure,
  type Period,
  type Section,
} from '../../report/report.ts'
import { instant } from '../../report/text.ts'
import { html, type Html } from '../audit/html.ts'
import { pageText } from '../audit/page.ts'
import { number } from '../audit/report-parts.ts'
import type { Basis } from './basis.ts'
import { chartHtml } from './charts.ts'
import type { Made, Rows } from './made.ts'

/** Rows of a table that a page shows. */
const MOST_ROWS = 40
/** Characters of an id that is not broken, and of one that may be broken anywhere. */
const NARROW = 22
const WIDE = 40
/** Characters of a cell that a page shows. */
const LONG = 120

export function reportHtml(made: Made): string {
  const { report, basis, sections } = made
  return pageText(
    report.title,
    html`<header>
        <p class="soft eyebrow">Portcullis report: ${made.name}</p>
        <h1>${report.title}</h1>
        <p class="lead">${report.about}</p>
      </header>
      ${basis === undefined ? html`` : verdictBox(basis)} ${asked(made)}
      ${sections.map((section) => sectionHtml(section, made))}
      ${basis === undefined ? html`` : basisHtml(basis)} ${signature()}`,
  )
}

/** Whether what it rests on was verified; where it was not, nobody must be able to overlook it. */
function verdictBox({ verification, firstBroken }: Basis): Html {
  if (verification === 'passed')
    return html`<div class="verdict pass">
      Verified: the records are those that the log signed, whole and unchanged.
    </div>`
  if (verification !== 'failed')
    return html`<div class="verdict note">
      Verified on the word of the export itself: who signed it is not proved.
      <p>Make the report again with the log’s key that you were given in another way (--key).</p>
    </div>`
  return html`<div class="verdict fail unverified">
    NOT VERIFIED
    <p>
      The verification of the records failed, and this report was made all the same because somebody
      asked for it (--unverified). Nothing in it can be relied on. ${firstBroken ?? ''}
    </p>
  </div>`
}

function asked({ report, period, account, basis }: Made): Html {
  return html`<dl>
    <dt>What it is input to</dt>
    <dd>${report.rule}</dd>
    <dt>What it is not</dt>
    <dd>${report.isNot}</dd>
    ${basis === undefined ? html`` : html`${askedFor(period, account)} ${restsOn(basis)}`}
  </dl>`
}

function askedFor({ fromMs, toMs }: Period, account: string | undefined): Html {
  const from = instant(fromMs) ?? 'the first record'
  const to = toMs === undefined ? 'to the last record' : `to before ${instant(toMs)}`
  return html`<dt>Period</dt>
    <dd>from ${from} ${to}</dd>
    <dt>Account</dt>
    <dd>${account ?? 'all'}</dd>`
}

function restsOn({ range, records, checkpoint, log, firstRecord, lastRecord }: Basis): Html {
  const leaves = range === null ? 'none' : `leaves ${number(range.first)} to ${number(range.last)}`
  const missing = [
    ...(records.shredded === 0 ? [] : [`${number(records.shredded)} shredded`]),
    ...(records.unreadable === 0 ? [] : [`${number(records.unreadable)} missing or broken`]),
    ...(records.notInExport === 0 ? [] : [`${number(records.notInExport)} not in this export`]),
  ]
  const lacking =
    missing.length === 0 ? '; every record could be opened' : `; ${missing.join(', ')}`
  return html`<dt>Rests on</dt>
    <dd>
      ${leaves} of ${log ?? 'an unknown log'}: ${number(records.read)} records read, of which
      ${number(records.inReport)} are of this period and account${lacking}
    </dd>
    <dt>Records</dt>
    <dd>from ${firstRecord ?? NOT_RECORDED} to ${lastRecord ?? NOT_RECORDED}</dd>
    <dt>Checkpoint</dt>
    <dd>
      size ${checkpoint === null ? NOT_RECORDED : number(checkpoint.size)}, root
      <code>${checkpoint?.root ?? NOT_RECORDED}</code>
    </dd>`
}

function sectionHtml({ id, title, about, figures, charts, tables }: Section, made: Made): Html {
  const shown = tables.map((table) => {
    const spool = made.spools.get(table)
    return spool === undefined ? html`` : tableHtml(spool, title, made)
  })
  return html`<section id="${id}">
    <h2>${title}</h2>
    <p class="soft">${about}</p>
    ${figuresHtml(figures)} ${charts.map(chartHtml)} ${shown}
  </section>`
}

function figuresHtml(figures: readonly Figure[]): Html {
  if (figures.length === 0) return html``
  const boxes = figures.map(({ title, value }) => {
    const text = value === null ? NOT_RECORDED : cellText(value)
    const tone = value === null ? 'tile none' : text.length > 14 ? 'tile long' : 'tile'
    return html`<div class="${tone}"><b>${text}</b><span>${title}</span></div>`
  })
  return html`<div class="tiles">${boxes}</div>`
}

function tableHtml(spool: Rows, section: string, { name }: Made): Html {
  const { table, count } = spool
  const columns = table.columns.flatMap((column, at) =>
    column.apart === true ? [] : [{ column, at }],
  )
  const head = columns.map(
    ({ column }) => html`<th class="${classOf(column)}">${column.title}</th>`,
  )
  const rows = spool.first(table.whole === true ? Infinity : MOST_ROWS).map((cells) => {
    const shown = columns.map(({ column, at }) => cellHtml(column, cells[at] ?? null))
    return html`<tr>
      ${shown}
    </tr>`
  })
  const none = html`<p class="soft none-of-it">None recorded.</p>`
  const filled = html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
  const heading = table.title === section ? html`` : html`<h3>${table.title}</h3>`
  return html`${heading}
    <p class="soft small">${table.about}</p>
    ${count === 0 ? none : filled} ${restHtml(spool, rows.length, name)}`
}

/** How many there are, and where all of them, and all their columns, are. */
function restHtml({ table, count }: Rows, shown: number, name: string): Html {
  const apart = table.columns.filter((column) => column.apart === true).length
  if (count === 0 || (count <= shown && apart === 0)) return html``
  const rows = count > shown ? `The first ${number(shown)} of ${number(count)} rows` : 'All rows'
  const columns = apart === 0 ? '' : `, ${number(apart)} further columns left out`
  return html`<p class="soft small">
    ${rows}${columns}. All of it:
    <code>portcullis report ${name} … --format csv --table ${table.id}</code>
  </p>`
}

function classOf({ kind }: Column): string {
  return { number: 'num', time: 'time', instant: 'time', code: 'mono', text: 'words' }[
    kind ?? 'text'
  ]
}

function cellHtml(column: Column, cell: Cell): Html {
  const text = cell === null ? NOT_RECORDED : cellText(cell)
  if (cell === null) return html`<td class="${classOf(column)} nothing">${text}</td>`
  if (column.kind === 'time' || column.kind === 'instant') {
    const fine = column.kind === 'instant' ? text : text.replace(/\.[0-9]+Z$/, 'Z')
    return html`<td class="time">${fine.replace('T', ' ')}</td>`
  }
  const short = text.length > LONG ? `${text.slice(0, LONG)}…` : text
  const width = short.length > WIDE ? ' long' : short.length > NARROW ? '' : ' short'
  const isShort = column.kind === undefined && short.length <= NARROW
  const tone = isShort ? '' : classOf(column)
  return html`<td class="${tone}${column.kind === 'code' ? width : ''}">${short}</td>`
}

function cellText(cell: Exclude<Cell, null>): string {
  if (typeof cell === 'number') return number(cell)
  return typeof cell === 'boolean' ? (cell ? 'yes' : 'no') : cell
}

function basisHtml({ claims, signedBy, witnessedBy }: Basis): Html {
  const rows = claims.map(({ title, status, figures }) => {
    const tone = status === 'unchecked' ? 'note' : status
    const counted = Object.entries(figures).map(
      ([name, value]) => `${name} ${number(Number(value))}`,
    )
    const text = Object.values(figures).every((value) => typeof value === 'number')
      ? counted.join(', ')
      : Object.entries(figures).flat().join(' ')
    return html`<tr>
      <td>
        <span class="badge ${tone}">${status === 'unchecked' ? 'open' : status.toUpperCase()}</span>
      </td>
      <td>${title}</td>
      <td class="soft">${text}</td>
    </tr>`
  })
  return html`<section id="basis">
    <h2>That the records are complete and unchanged</h2>
    <p class="soft">
      What the offline verifier compared, of the whole log, when this report was made. Signed by
      ${signedBy.join(', ') || 'nobody who is trusted'}; witnessed by
      ${witnessedBy.join('; ') || 'nobody'}.
    </p>
    <table>
      ${rows}
    </table>
    <p class="small soft">
      A call that never came to the gateway leaves no record here, and times are those of the
      machines that wrote them. docs/audit.md says what the log proves and what it does not.
    </p>
  </section>`
}

function signature(): Html {
  return html`<section class="sign">
    <h2>Reviewed</h2>
    <div class="lines"><span>Name</span><span>Date</span><span>Signature</span></div>
  </section>`
}
