/** What a person types at a prompt that shows nothing: keys as a terminal sends them, or a line from a pipe. */

export interface Typed {
  readonly text: string
  readonly end?: 'entered' | 'cancelled'
  /** What came after the end: it belongs to the next question. */
  readonly rest: string
}

/** Cursor keys, the marks around a paste: they type nothing (ECMA-48 section 5.4). */
// oxlint-disable-next-line no-control-regex -- these are the controls
const SEQUENCE = /^\u001B(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|)/

/** The text after these keys were typed behind it. */
export function type(before: string, keys: string): Typed {
  let text = before
  for (let at = 0; at < keys.length;) {
    const [sequence] = SEQUENCE.exec(keys.slice(at)) ?? []
    const key = sequence ?? String.fromCodePoint(keys.codePointAt(at) ?? 0)
    at += key.length
    switch (key) {
      case '\r':
      case '\n': {
        const rest = keys.slice(at)
        return { text, end: 'entered', rest: key === '\r' ? rest.replace(/^\n/, '') : rest }
      }
      case '\u0003':
        return { text: '', end: 'cancelled', rest: '' }
      case '\u0004':
        if (text === '') return { text, end: 'cancelled', rest: '' }
        break
      case '\u0008':
      case '\u007F':
        text = text.replace(/.$/su, '')
        break
      case '\u0015':
        text = ''
        break
      default:
        if (sequence === undefined && key >= ' ') text += key
    }
  }
  return { text, rest: '' }
}
