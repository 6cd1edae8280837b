/**
 * The parameters of a query or a form, as strictly as a signature's: a name once, one `=`, nothing empty. What servers
 * read in different ways (`+`, `;`, `a[]=`, an escaped name) is not read at all.
 */
import { shortName, type Misreads } from './misreads.ts'

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
/** What may stand in a query (RFC 3986 section 3.4) and means the same in a form. */
const VALUE = /^(?:[A-Za-z0-9._~:@!$'()*,/?-]|%[0-9A-Fa-f]{2})+$/

/** The parameters by name, decoded once; from several texts as if they were one. Whatever is not known is noted. */
export function readParameters(
  texts: readonly string[],
  known: ReadonlySet<string>,
  misreads: Misreads,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const part of texts.filter((text) => text !== '').flatMap((text) => text.split('&'))) {
    const [name = '', written = '', ...more] = part.split('=')
    const value = more.length === 0 && VALUE.test(written) ? decode(written) : undefined
    const reason = reasonAgainst(name, value, known, values)
    if (reason !== undefined) misreads.add(shortName(name), reason)
    else if (value !== undefined) values.set(name, value)
  }
  return values
}

function reasonAgainst(
  name: string,
  value: string | undefined,
  known: ReadonlySet<string>,
  values: ReadonlyMap<string, string>,
): string | undefined {
  if (!NAME.test(name)) return 'is not a plain parameter name'
  if (!known.has(name)) return 'is not a parameter that is known here'
  if (value === undefined) return 'must have one value, and nothing in it that is read in two ways'
  return values.has(name) ? 'must be there once' : undefined
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
