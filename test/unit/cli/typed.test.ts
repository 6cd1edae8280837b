import { array, assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { type } from '../../../src/cli/typed.ts'

test('a line ends at Enter, and what comes after it is for the next question', () => {
  expect(type('', 's3cret\n123456\n')).toEqual({ text: 's3cret', end: 'entered', rest: '123456\n' })
  expect(type('', 's3cret\r\n123456')).toEqual({ text: 's3cret', end: 'entered', rest: '123456' })
  expect(type('s3c', 'ret')).toEqual({ text: 's3cret', rest: '' })
})

test('keys that take back take back a character, however it is encoded', () => {
  expect(type('', 'ab\u007Fc').text).toBe('ac')
  expect(type('', 'a🔑\u0008').text).toBe('a')
  expect(type('', '\u007F').text).toBe('')
  expect(type('abc', '\u0015d').text).toBe('d')
})

test('cursor keys and the marks around a paste type nothing', () => {
  expect(type('', '\u001B[200~pasted\u001B[201~\u001B[D\u001BOA\u001B[1;5C\t').text).toBe('pasted')
})

test('Ctrl-C cancels and forgets, Ctrl-D cancels where nothing was typed', () => {
  expect(type('half', '\u0003')).toEqual({ text: '', end: 'cancelled', rest: '' })
  expect(type('', '\u0004')).toEqual({ text: '', end: 'cancelled', rest: '' })
  expect(type('half', '\u0004')).toEqual({ text: 'half', rest: '' })
})

test('a text arrives whole in whatever pieces it comes', () => {
  const keys = constantFrom('a', 'Z', '7', '+', '/', '=', 'é')
  assert(
    property(array(string({ unit: keys }), { maxLength: 10 }), (pieces) => {
      let text = ''
      for (const piece of pieces) text = type(text, piece).text
      expect(type(text, '\r')).toEqual({ text: pieces.join(''), end: 'entered', rest: '' })
    }),
  )
})
