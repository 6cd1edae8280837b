import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { html } from '../../../src/cli/audit/html.ts'

test('whatever is put into a page stays text', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 60 }), (value) => {
      const { text } = html`<p title="${value}">${value}</p>`
      const inner = text.slice('<p title="'.length, -'</p>'.length)
      const [title = '', shown = ''] = inner.split('">')
      expect(inner.split('">')).toHaveLength(2)
      for (const part of [title, shown]) expect(part).not.toMatch(/[<>"'\p{Cc}\p{Cf}]/u)
      expect(title).toBe(shown)
    }),
  )
  expect(html`${'<script>&"\''}`.text).toBe('&lt;script&gt;&amp;&quot;&#39;')
  expect(html`${'a\u202Eb\u0000'}`.text).toBe('a\uFFFDb\uFFFD')
})

test('what is HTML already is not escaped again, alone and in a list', () => {
  const rows = ['<', '>'].map((one) => html`<td>${one}</td>`)
  const { text } = html`<tr>
    ${rows}${html`<td>${1}</td>`}
  </tr>`
  expect(text.replaceAll(/\s/g, '')).toBe('<tr><td>&lt;</td><td>&gt;</td><td>1</td></tr>')
})
