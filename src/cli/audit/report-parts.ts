/** Parts of the report: tables of what was counted and of what is listed. */
import { html, type Html } from './html.ts'
import { MOST_LISTED, type Activity, type Listed, type Summary } from './summary.ts'

/** Rows of a table of keys or accounts. */
const MOST_ROWS = 40

export function number(value: number): string {
  return value.toLocaleString('en')
}

export function when(ms: number | undefined): string {
  if (ms === undefined) return '–'
  const date = new Date(ms)
  return Number.isNaN(date.getTime())
    ? `${ms} ms`
    : date
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC')
}

/** Names with their counts and a bar each, the largest first. */
export function counted(title: string, counts: ReadonlyMap<string, number>): Html {
  const all = [...counts].toSorted(([, a], [, b]) => b - a)
  const most = all[0]?.[1] ?? 1
  const rows = all.slice(0, MOST_ROWS).map(([name, count]) => {
    const width = Math.max(1, Math.round((100 * count) / most))
    return html`<tr>
      <td>${name}</td>
      <td class="bar"><i style="width:${width}%"></i></td>
      <td class="num">${number(count)}</td>
    </tr>`
  })
  return html`<section>
    <h3>${title}</h3>
    ${none(rows.length)}
    <table>
      ${rows}
    </table>
    ${more(all.length, rows.length)}
  </section>`
}

export function activities(title: string, by: ReadonlyMap<string, Activity>): Html {
  const all = [...by].toSorted(([, a], [, b]) => b.calls - a.calls)
  const rows = all.slice(0, MOST_ROWS).map(
    ([name, { calls, orders, refused, lastMs }]) =>
      html`<tr>
        <td class="mono">${name}</td>
        <td class="num">${number(calls)}</td>
        <td class="num">${number(orders)}</td>
        <td class="num">${number(refused)}</td>
        <td class="time">${when(lastMs)}</td>
      </tr>`,
  )
  const head = html`<tr>
    <th>${title}</th>
    <th class="num">calls</th>
    <th class="num">unsafe</th>
    <th class="num">refused</th>
    <th>last</th>
  </tr>`
  return html`<section class="scroll">
    ${none(rows.length)}
    <table>
      ${head}${rows}
    </table>
    ${more(all.length, rows.length)}
  </section>`
}

export function changesTable({ changes, types }: Summary): Html {
  const rows = changes.map(
    ({
      index,
      record: {
        atMs,
        what,
        subject,
        version,
        user,
        keyId,
        reason,
        approver,
        ticket,
        before,
        after,
      },
    }) =>
      html`<tr>
        <td class="num">${index}</td>
        <td class="time">${when(atMs)}</td>
        <td>${what}</td>
        <td class="mono">${subject.type} ${subject.id}, ${version}</td>
        <td class="mono">${user ?? keyId ?? '–'}</td>
        <td>${reason ?? '–'}</td>
        <td>${[approver, ticket].filter((one) => one !== undefined).join(', ') || '–'}</td>
        <td class="mono">${short(before)} → ${short(after)}</td>
      </tr>`,
  )
  const head = html`<tr>
    <th class="num">leaf</th>
    <th>when</th>
    <th>what</th>
    <th>of</th>
    <th>by</th>
    <th>why</th>
    <th>approved, ticket</th>
    <th>before → after</th>
  </tr>`
  return listed(head, rows, types.get('change') ?? 0)
}

const LONG = 160

function short(text: string | undefined): string {
  if (text === undefined) return '–'
  return text.length <= LONG ? text : `${text.slice(0, LONG)}…`
}

export function gapsTable({ gaps, types }: Summary): Html {
  const rows = gaps.flatMap(({ index, record }) =>
    record.type === 'gap'
      ? [
          html`<tr>
            <td class="num">${index}</td>
            <td class="time">${when(record.atMs)}</td>
            <td class="mono">${record.keyId ?? record.subject?.id ?? ''}</td>
            <td class="num">${number(record.first)}</td>
            <td class="num">${number(record.last)}</td>
            <td>${CAUSES[record.cause] ?? record.cause}</td>
          </tr>`,
        ]
      : [],
  )
  const head = html`<tr>
    <th class="num">leaf</th>
    <th>when</th>
    <th>key</th>
    <th class="num">from</th>
    <th class="num">to</th>
    <th>why</th>
  </tr>`
  return listed(head, rows, types.get('gap') ?? 0)
}

const CAUSES: Readonly<Record<string, string>> = {
  restart: 'reserved when the key’s object lost its memory; what was given of it is in the log',
  'not-received': 'never arrived at the log',
}

export function callsTable(calls: readonly Listed[], count: number): Html {
  const rows = calls.flatMap(({ index, record }) => {
    const isCall = record.type === 'unknown' || record.type === 'outcome'
    if (!isCall) return []
    const { atMs, keyId, account, sequence, route, requestId } = record
    const status =
      record.type === 'outcome' ? `${record.status} ${record.code ?? ''}` : 'no outcome came'
    return [
      html`<tr>
        <td class="num">${index}</td>
        <td class="time">${when(atMs)}</td>
        <td class="mono">${keyId ?? '–'}</td>
        <td class="mono">${account ?? '–'}</td>
        <td class="num">${sequence ?? '–'}</td>
        <td>${route ?? '–'}</td>
        <td class="mono">${requestId}</td>
        <td>${status}</td>
      </tr>`,
    ]
  })
  const head = html`<tr>
    <th class="num">leaf</th>
    <th>when</th>
    <th>key</th>
    <th>account</th>
    <th class="num">number</th>
    <th>route</th>
    <th>request</th>
    <th>known of it</th>
  </tr>`
  return listed(head, rows, count)
}

export function forksTable({ forks, types }: Summary): Html {
  const rows = forks.flatMap(({ index, record }) =>
    record.type === 'fork'
      ? [
          html`<tr>
            <td class="num">${index}</td>
            <td class="time">${when(record.atMs)}</td>
            <td class="mono">${record.keyId ?? record.subject?.id ?? ''}</td>
            <td>${record.of}</td>
            <td class="num">${number(record.number)}</td>
          </tr>`,
        ]
      : [],
  )
  const head = html`<tr>
    <th class="num">leaf</th>
    <th>when</th>
    <th>whose</th>
    <th>of</th>
    <th class="num">number</th>
  </tr>`
  return listed(head, rows, types.get('fork') ?? 0)
}

function listed(head: Html, rows: readonly Html[], count: number): Html {
  if (rows.length === 0) return html`<p class="soft">None.</p>`
  const rest = count > MOST_LISTED ? more(count, rows.length) : html``
  return html`<div class="scroll">
      <table>
        ${head}${rows}
      </table>
    </div>
    ${rest}`
}

function none(rows: number): Html {
  return rows === 0 ? html`<p class="soft">None.</p>` : html``
}

function more(all: number, shown: number): Html {
  return all <= shown ? html`` : html`<p class="soft">And ${number(all - shown)} more.</p>`
}
