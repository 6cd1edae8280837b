/** Charts as SVG within the page: they need no script, print well, and say in words what they show. */
import { instant } from '../../report/text.ts'
import type { Bars, Chart, Ranges, Steps } from '../../report/report.ts'
import { html, type Html } from '../audit/html.ts'
import { number } from '../audit/report-parts.ts'

const WIDTH = 920
const HEIGHT = 180
const LEFT = 64
const BOTTOM = 24
const TOP = 12
/** Bars that are drawn; the others are in the table. */
const MOST_BARS = 12

export function chartHtml(chart: Chart): Html {
  const isEmpty = (chart.kind === 'bars' ? chart.bars : chart.points).length === 0
  const drawn = isEmpty ? html`<p class="soft">Nothing was recorded to draw.</p>` : drawing(chart)
  return html`<figure class="chart">
    <figcaption>${chart.title}</figcaption>
    ${drawn}
  </figure>`
}

function drawing(chart: Chart): Html {
  if (chart.kind === 'bars') return barsHtml(chart)
  return chart.kind === 'steps' ? stepsHtml(chart) : rangesHtml(chart)
}

function barsHtml({ bars, unit }: Bars): Html {
  const shown = bars.slice(0, MOST_BARS)
  const most = Math.max(1, ...shown.map(([, value]) => value))
  const rows = shown.map(
    ([name, value]) =>
      html`<tr>
        <td class="mono">${name}</td>
        <td class="bar"><i style="width:${rounded((100 * value) / most)}%"></i></td>
        <td class="num">${number(value)}</td>
      </tr>`,
  )
  const rest = bars.length - shown.length
  const more = rest === 0 ? html`` : html`<p class="soft">And ${number(rest)} more.</p>`
  return html`<table aria-label="${unit}">
      ${rows}
    </table>
    ${more}`
}

function stepsHtml({ title, unit, points, stepMs }: Steps): Html {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return html``
  const scale = scaleOf(0, Math.max(...points.map(({ value }) => value)))
  const count = (last.atMs - first.atMs) / stepMs + 1
  const step = (WIDTH - LEFT) / count
  const width = Math.max(0.5, Math.min(28, step * 0.8))
  const drawn = points.map(({ atMs, value }) => {
    const x = LEFT + ((atMs - first.atMs) / stepMs + 0.5) * step - width / 2
    const y = yOf(value, scale)
    return html`<rect
      x="${rounded(x)}"
      y="${rounded(y)}"
      width="${rounded(width)}"
      height="${rounded(yOf(0, scale) - y)}"
    />`
  })
  return frame(title, unit, scale, [first.atMs, last.atMs, stepMs], drawn)
}

function rangesHtml({ title, unit, points, stepMs }: Ranges): Html {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return html``
  const low = Math.min(0, ...points.map((point) => point.low))
  const high = Math.max(0, ...points.map((point) => point.high))
  const scale = scaleOf(low, high)
  const count = (last.atMs - first.atMs) / stepMs + 1
  const step = (WIDTH - LEFT) / count
  const width = Math.max(0.5, Math.min(20, step * 0.8))
  const drawn = points.map((point) => {
    const x = LEFT + ((point.atMs - first.atMs) / stepMs + 0.5) * step - width / 2
    const y = yOf(point.high, scale)
    return html`<rect
      x="${rounded(x)}"
      y="${rounded(y)}"
      width="${rounded(width)}"
      height="${rounded(Math.max(1, yOf(point.low, scale) - y))}"
    />`
  })
  return frame(title, unit, scale, [first.atMs, last.atMs, stepMs], drawn)
}

interface Scale {
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
}

/** From one round number to another, with round numbers in between. */
function scaleOf(low: number, high: number): Scale {
  const span = high - low || 1
  const power = 10 ** Math.floor(Math.log10(span / 3))
  const unit = [1, 2, 5, 10].map((one) => one * power).find((one) => span / one <= 4) ?? span
  const from = Math.floor(low / unit)
  const to = Math.ceil(high / unit) || 1
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => (from + i) * unit)
  return { low: from * unit, high: to * unit, ticks }
}

function yOf(value: number, { low, high }: Scale): number {
  return TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM)
}

function frame(
  title: string,
  unit: string,
  scale: Scale,
  [firstMs, lastMs, stepMs]: readonly [number, number, number],
  drawn: readonly Html[],
): Html {
  const lines = scale.ticks.map((tick) => {
    const y = rounded(yOf(tick, scale))
    return html`<line
        x1="${LEFT}"
        x2="${WIDTH}"
        y1="${y}"
        y2="${y}"
        class="${tick === 0 ? 'axis' : 'tick'}"
      />
      <text x="${LEFT - 8}" y="${y}" dy="0.35em" text-anchor="end">${number(rounded(tick))}</text>`
  })
  const [from, to] = [spelled(firstMs, stepMs), spelled(lastMs, stepMs)]
  const label = `${title}, in ${unit}, from ${from} to ${to}.`
  const end =
    firstMs === lastMs
      ? html``
      : html`<text x="${WIDTH}" y="${HEIGHT - 6}" text-anchor="end">${to}</text>`
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
    <title>${label}</title>
    ${lines}
    <g class="drawn">${drawn}</g>
    <text x="${LEFT}" y="${HEIGHT - 6}">${from}</text>
    ${end}
  </svg>`
}

const DAY_MS = 86_400_000

/** As fine as the steps are. */
function spelled(atMs: number, stepMs: number): string {
  const text = instant(atMs) ?? ''
  return stepMs >= DAY_MS ? text.slice(0, 10) : `${text.slice(0, 16).replace('T', ' ')} UTC`
}

/** Coordinates and ticks, without the noise of binary fractions. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
