import { array, assert, property, string, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { facts, MOST_COLUMNS, table, time } from '../../../src/cli/table.ts'

test('columns stand under their titles, and no line ends in spaces', () => {
  const columns = [{ title: 'ID' }, { title: 'NAME' }]
  expect(
    table(columns, [
      ['usr_1', 'Ana'],
      ['u2', ''],
    ]),
  ).toBe('ID     NAME\nusr_1  Ana\nu2')
  expect(table(columns, [])).toBe('ID  NAME')
})

test('what is too wide is cut where it may be, and an id never is', () => {
  const columns = [{ title: 'ID' }, { title: 'NAME', cut: true }, { title: 'ROLES', cut: true }]
  expect(table(columns, [['key_abcdefgh', 'a very long name', 'owner, security']], 30)).toBe(
    'ID            NAME      ROLES\nkey_abcdefgh  a very …  owner, …',
  )
})

test('no line is wider than a terminal, whatever people are called', () => {
  const columns = [{ title: 'KEY' }, { title: 'NAME', cut: true }, { title: 'ACCOUNT', cut: true }]
  const text = string({ maxLength: 200 })
  assert(
    property(array(tuple(text, text), { maxLength: 5 }), (rows) => {
      const shown = table(
        columns,
        rows.map((row) => ['key_aaaaaaaaaaaaaaaa', ...row]),
      )
      const lines = shown.split('\n')
      expect(lines).toHaveLength(rows.length + 1)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(MOST_COLUMNS)
    }),
  )
})

test('facts are aligned, and a long list goes on in the next line', () => {
  expect(
    facts(
      [
        ['key', 'k'],
        ['permissions', 'order.write, order.cancel, account.read'],
      ],
      40,
    ),
  ).toBe('key          k\npermissions  order.write, order.cancel,\n             account.read')
})

test('a name cannot move the cursor', () => {
  expect(facts([['name', 'a\u001B[2Jb\u202Ec']])).toBe('name  a?[2Jb?c')
  expect(table([{ title: 'NAME' }], [['a\nb']])).toBe('NAME\na?b')
})

test('times are told to the second', () => {
  expect(time('2026-01-31T12:00:00.123Z')).toBe('2026-01-31T12:00:00Z')
  expect(time(null)).toBe('-')
})
