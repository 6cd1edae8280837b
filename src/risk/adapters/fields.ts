/** The parts of one order, read from where they stand. Each problem is noted with its place, and reading goes on. */
import { readPositive, type Decimal } from '../../lib/decimal.ts'
import { JsonNumber, type ExactJson } from '../../lib/json-exact.ts'
import { ok, type Result } from '../../lib/result.ts'
import type { SymbolOf } from './adapter.ts'
import { isSafeNumber, readAmount } from './amount.ts'
import type {
  AmountField,
  ChoiceField,
  FlagField,
  MomentField,
  TextField,
} from './mapping-schema.ts'
import type { Misreads } from './misreads.ts'
import { readMoment } from './moment.ts'

/** A request, or one item of it. */
export interface Source {
  /** What stands at a place; a parameter's value is a string. */
  find(at: string): ExactJson | undefined
  /** What the client knows the place by: a pointer into the whole body, or a parameter's name. */
  nameOf(at: string): string
}

/** What was read; `undefined` where nothing is there, `null` where what is there is wrong: then that was noted. */
export type Read<T> = T | null | undefined

/** What a policy says of one part of an order. */
type Field = { readonly at: string } | { readonly always: unknown }

/** An id of whoever made it: no space and nothing invisible, so that two that look alike are alike. */
const ID = /^[!-~]{1,128}$/
const NO_ID = 'must be 1 to 128 visible ASCII characters'

export class FieldReader {
  readonly #source: Source
  readonly #misreads: Misreads

  constructor(source: Source, misreads: Misreads) {
    this.#source = source
    this.#misreads = misreads
  }

  /** Notes what is wrong with the field, or with what it lacks. */
  wrong(field: Field | undefined, reason: string): null {
    this.#misreads.add(this.#nameOf(field), reason)
    return null
  }

  /** Notes that it is not there; where something is there that is wrong, that was said already. */
  missing(field: Field | undefined): null {
    const pointer = this.#nameOf(field)
    const said = this.#misreads.list.some((misread) => misread.pointer === pointer)
    return said ? null : this.wrong(field, 'is required')
  }

  /** Nothing in place of a field that an order must have. */
  required<T>(field: Field, value: Read<T>): T | null {
    return value === undefined ? this.missing(field) : value
  }

  id(field: TextField | undefined): Read<string> {
    return this.#read(field, (text) => (ID.test(text) ? ok(text) : wrong(NO_ID)))
  }

  symbol(field: TextField | undefined, symbolOf: SymbolOf): Read<string> {
    return this.#read(field, (text) => {
      const known = ID.test(text) ? symbolOf(text) : undefined
      return known === undefined ? wrong('is not a symbol that is known here') : ok(known)
    })
  }

  amount(field: AmountField | undefined): Read<Decimal> {
    // The policy's own was judged with the policy.
    if (field !== undefined && 'always' in field) return readPositive(field.always)
    return this.#read(field, readAmount)
  }

  moment(field: MomentField | undefined): Read<number> {
    return this.#read(field, (text) => {
      const ms = field === undefined ? undefined : readMoment(text, field.unit)
      return ms === undefined ? wrong(`must be a time (${field?.unit ?? ''})`) : ok(ms)
    })
  }

  choice<T extends string>(field: ChoiceField<T>): Read<T> {
    if ('always' in field) return field.always
    const { values, absent } = field
    const read = this.#read(field, (text) => lookUp(values, text))
    return read === undefined ? absent : read
  }

  flag(field: FlagField | undefined): boolean | null {
    if (field === undefined) return false
    if ('always' in field) return field.always
    const { values, absent, at } = field
    if (values === undefined) {
      const value = this.#source.find(at)
      if (value === undefined) return absent
      return typeof value === 'boolean' ? value : this.wrong(field, 'must be true or false')
    }
    const read = this.#read(field, (text) => lookUp(values, text))
    return read === undefined ? absent : read
  }

  #nameOf(field: Field | undefined): string {
    return field !== undefined && 'at' in field ? this.#source.nameOf(field.at) : ''
  }

  /** The text of a field, judged. */
  #read<T>(
    field: TextField | MomentField | undefined,
    judge: (text: string) => Result<T, string>,
  ): Read<T> {
    if (field === undefined) return undefined
    const text = 'always' in field ? ok(field.always) : this.#text(field)
    if (text === undefined) return undefined
    const judged = text.ok ? judge(text.value) : text
    return judged.ok ? judged.value : this.wrong(field, judged.error)
  }

  #text({
    at,
    json,
  }: Extract<TextField, { readonly at: string }>): Result<string, string> | undefined {
    const value = this.#source.find(at)
    if (value === undefined) return undefined
    if (typeof value === 'string')
      return json === 'number' ? wrong('must be a JSON number') : ok(value)
    if (!(value instanceof JsonNumber) || json === 'string')
      return wrong(`must be a JSON ${json === 'number' ? 'number' : 'string'}`)
    if (isSafeNumber(value.text)) return ok(value.text)
    return wrong('must be a JSON number without exponent, of at most 15 digits')
  }
}

function lookUp<T>(values: Readonly<Record<string, T>>, text: string): Result<T, string> {
  const known = Object.hasOwn(values, text) ? values[text] : undefined
  return known === undefined ? wrong('is not one of the values that are known here') : ok(known)
}

function wrong(reason: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error: reason }
}
