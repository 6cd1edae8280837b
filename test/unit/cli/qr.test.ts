import { expect, test } from 'vitest'
import { qrText } from '../../../src/cli/qr.ts'

const URI =
  'otpauth://totp/Portcullis:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Portcullis'

/** The modules again, `#` for dark: each character is two of them above each other. */
function modules(text: string): readonly string[] {
  const pairs: Readonly<Record<string, string>> = { '█': '  ', '▀': ' #', '▄': '# ', ' ': '##' }
  return text
    .split('\n')
    .flatMap((line) =>
      [0, 1].map((half) =>
        Array.from(line, (block) => (pairs[block] ?? '??').charAt(half)).join(''),
      ),
    )
}

test('the drawing is a square with a quiet zone and the three finder patterns', () => {
  const rows = modules(qrText(URI))
  const width = rows[0]?.length ?? 0
  // Its height is odd and the last line has two halves: the lower one is outside of it.
  expect(rows).toHaveLength(width + 1)
  expect(rows.every((row) => row.length === width && !row.includes('?'))).toBe(true)
  const symbol = rows.slice(4, width - 4).map((row) => row.slice(4, -4))
  const quiet = [...rows.slice(0, 4), ...rows.slice(width - 4, width)].join('')
  expect(quiet.trim()).toBe('')
  expect(rows.slice(0, width).every((row) => /^ {4}.* {4}$/.test(row))).toBe(true)

  const finder = ['#######', '#     #', '# ### #', '# ### #', '# ### #', '#     #', '#######']
  expect(symbol.slice(0, 7).map((row) => row.slice(0, 7))).toEqual(finder)
  expect(symbol.slice(0, 7).map((row) => row.slice(-7))).toEqual(finder)
  expect(symbol.slice(-7).map((row) => row.slice(0, 7))).toEqual(finder)
})

test('another secret is another drawing', () => {
  expect(qrText(URI.replace('GEZD', 'GEZE'))).not.toBe(qrText(URI))
})
