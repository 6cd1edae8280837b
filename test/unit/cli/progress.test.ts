import { expect, test } from 'vitest'
import { barText } from '../../../src/cli/audit/progress.ts'

test('a bar is full at the end and not before', () => {
  expect(barText(0, 2_000, 'leaves')).toBe(`${'░'.repeat(30)} 0 %  0 of 2,000 leaves`)
  expect(barText(1_999, 2_000, 'leaves')).toContain(' 99 %  1,999 of 2,000 leaves')
  expect(barText(2_000, 2_000, 'leaves')).toBe(`${'█'.repeat(30)} 100 %  2,000 of 2,000 leaves`)
  expect(barText(3_000, 2_000, 'leaves')).toContain('100 %')
  expect(barText(7, undefined, 'objects')).toBe('7 objects')
})
