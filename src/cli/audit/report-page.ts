/** The readable report of an export: one page that fetches nothing, for whoever has to sign that they have looked. */
import type { Finding } from '../../audit/verify/findings.ts'
import type { Verification } from '../../audit/verify.ts'
import { html, type Html } from './html.ts'
import { pageText } from './page.ts'
import {
  activities,
  callsTable,
  changesTable,
  counted,
  forksTable,
  gapsTable,
  number,
  when,
} from './report-parts.ts'
import type { Summary } from './summary.ts'
import { figuresText, placeText, verdict } from './verification-text.ts'

export interface About {
  readonly gateway: string
  readonly exportedAt: string
  readonly from: number
  readonly to: number
  /** The command that verifies this export again. */
  readonly command: string
}

export function reportPage(verification: Verification, summary: Summary, about: About): string {
  const { log } = verification
  const title = `Audit log of ${log?.origin ?? about.gateway}`
  return pageText(
    title,
    html`<header>
        <h1>${title}</h1>
        <p class="soft">
          Exported ${about.exportedAt} from ${about.gateway} by portcullis audit export.
        </p>
      </header>
      ${verdictBox(verification)} ${tiles(verification, summary)} ${facts(verification, about)}
      ${claims(verification)} ${findings(verification)} ${activity(summary)}
      <h2>Changes</h2>
      <p class="soft">What people made or changed, who did it, why, and by whose approval.</p>
      ${changesTable(summary)}
      <h2>Unknown outcomes</h2>
      <p class="soft">
        Admitted calls of which nobody knows what the broker did. The gateway does not guess: ask
        the broker by the request.
      </p>
      ${callsTable(summary.unknowns, summary.unknown)}
      <h2>Gaps</h2>
      <p class="soft">
        Numbers of which the log itself says that nothing, or not everything, is known.
      </p>
      ${gapsTable(summary)}
      <h2>Numbers given twice</h2>
      <p class="soft">Recorded by the gateway when an object came back from an older state.</p>
      ${forksTable(summary)} ${again(about)} ${limits()}`,
  )
}

function verdictBox(verification: Verification): Html {
  const { ok, first } = verification
  const isOwnWord = verification.counts['key-from-export'] !== undefined
  const tone = ok ? (isOwnWord ? 'note' : 'pass') : 'fail'
  const next = ok
    ? isOwnWord
      ? html`<p>
          The key came with the export. Verify again with the key that you were given in another
          way.
        </p>`
      : html``
    : html`<p>
        ${first === undefined ? 'See below what was found.' : `First broken: ${placeText(first.place)}. ${first.text}`}
      </p>`
  return html`<div class="verdict ${tone}">${verdict(verification)}${next}</div>`
}

function tiles({ log, period }: Verification, summary: Summary): Html {
  const records = [...summary.types.values()].reduce((sum, count) => sum + count, 0)
  const shown: readonly (readonly [string, string])[] = [
    [number(log?.size ?? 0), 'leaves in the log'],
    [number(records), 'records, verified'],
    [number(summary.keys.size), 'keys'],
    [number(summary.accounts.size), 'accounts'],
    [number(summary.types.get('change') ?? 0), 'changes'],
    [number(summary.unknown), 'unknown outcomes'],
    [number(summary.shredded), 'shredded'],
    [number(summary.unreadable), 'missing or broken'],
  ]
  const boxes = shown.map(
    ([value, name]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`,
  )
  const span = html`<p>
    Rounds of the log from <b>${when(period?.firstAt)}</b> to <b>${when(period?.lastAt)}</b>;
    records from <b>${when(summary.firstMs)}</b> to <b>${when(summary.lastMs)}</b>.
  </p>`
  return html`${span}
    <div class="tiles">${boxes}</div>`
}

function facts({ log, signedBy, witnesses }: Verification, { from, to }: About): Html {
  const witnessed = witnesses.map(({ name, atSeconds }) => `${name} at ${when(atSeconds * 1_000)}`)
  return html`<dl>
    <dt>Log</dt>
    <dd>${log?.origin ?? '–'}</dd>
    <dt>Root</dt>
    <dd><code>${log?.root ?? '–'}</code></dd>
    <dt>Signed by</dt>
    <dd><code>${signedBy.join(', ') || 'nobody who is trusted'}</code></dd>
    <dt>Witnessed by</dt>
    <dd>${witnessed.join('; ') || 'nobody'}</dd>
    <dt>Records of</dt>
    <dd>
      leaves ${number(from)} to ${number(Math.max(from, to - 1))} of ${number(log?.size ?? 0)}
    </dd>
  </dl>`
}

const BADGES = { pass: 'PASS', fail: 'FAIL', unchecked: 'open' } as const

function claims({ claims: all }: Verification): Html {
  const rows = all.map(({ status, title, figures, found }) => {
    const tone = status === 'unchecked' ? 'note' : status
    const count = found === 0 ? '' : `${number(found)} found`
    return html`<tr>
      <td><span class="badge ${tone}">${BADGES[status]}</span></td>
      <td>${title}</td>
      <td class="soft">${figuresText(figures)}</td>
      <td class="${tone}">${count}</td>
    </tr>`
  })
  return html`<h2>What was verified</h2>
    <div class="scroll">
      <table>
        ${rows}
      </table>
    </div>`
}

function findings({ findings: all }: Verification): Html {
  if (all.length === 0) return html``
  const row = ({ breaks, code, place, text, todo }: Finding) =>
    html`<tr>
      <td><span class="badge ${breaks ? 'fail' : 'note'}">${breaks ? 'broken' : 'note'}</span></td>
      <td class="mono">${placeText(place) || '–'}</td>
      <td><b>${code}</b>: ${text}<br /><span class="soft">${todo}</span></td>
    </tr>`
  return html`<h2>What was found</h2>
    <p class="soft">The first of each kind; how many there are stands above.</p>
    <div class="scroll">
      <table>
        ${all.map(row)}
      </table>
    </div>`
}

function activity(summary: Summary): Html {
  const { types, classes, decisions, refusals, operations, keys, accounts, strangers } = summary
  return html`<h2>What happened</h2>
    <div class="grid">
      ${counted('Decisions', decisions)}${counted('Refusals', refusals)}${counted('Operations', operations)}${counted('Kinds of records', types)}${counted('Classes, by which records are kept', classes)}
    </div>
    <p>${number(strangers)} further calls of strangers were counted and not recorded one by one.</p>
    <div class="grid" style="margin-top:1.5rem">
      ${activities('account', accounts)}${activities('key', keys)}
    </div>`
}

function again({ command }: About): Html {
  return html`<h2>Verify it again</h2>
    <p>
      Offline, on any machine with Node and a copy of Portcullis. Put the key that you were given in
      another way in place of KEY; what came with the export is its own word.
    </p>
    <pre>${command}</pre>
    <p>
      The log is in the formats of C2SP (tlog-tiles, tlog-checkpoint, signed-note), so that other
      tools can check <code>checkpoint</code> and <code>tile/</code> without Portcullis; README.txt
      and docs/audit.md say how. A record is bound to its leaf by SHA-256 over
      <code>portcullis-record/v1</code>, a zero octet, the salt and the record’s text.
    </p>`
}

function limits(): Html {
  return html`<h2>What this proves, and what not</h2>
    <ul>
      <li>
        Any change, removal, reordering or truncation of what the log holds is found by whoever has
        the log’s public key.
      </li>
      <li>
        It does not prove that the gateway recorded what it should: a call that never reached the
        gateway, or a deployed program that does not record, leaves no trace. Compare with the
        broker’s own records.
      </li>
      <li>
        Times are those of the machines that wrote them. Only cosignatures of witnesses bound them
        from outside.
      </li>
      <li>
        Whoever holds the log’s key can show different people different logs. Witnesses, and
        checkpoints that people keep, find that; without either it is not excluded.
      </li>
      <li>A shredded record is proved to have been there, unread: what it said is gone.</li>
    </ul>`
}
