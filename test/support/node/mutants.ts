/** Bodies that are nearly right: each differs in one thing from a body that would do. */

export interface Mutant {
  readonly what: string
  readonly text: string
  /** Where the refusal has to point to; `undefined` where it is enough that it points somewhere. */
  readonly pointer?: string
  /** A text that is judged as a proof, not as a form: it may be refused as the wrong one. */
  readonly proof?: true
}

/** Members of what is stored, of tokens and of languages: none of them is anybody's to assign. */
const FOREIGN: Readonly<Record<string, unknown>> = {
  roles: ['owner'],
  role: 'owner',
  isAdmin: true,
  user: 'user-owner',
  userId: 'user-owner',
  status: 'active',
  keyId: 'key_aaaaaaaaaaaaaaaa',
  tier: 'unmetered',
  permissions: ['withdrawal.write'],
  addresses: [],
  limits: [],
  account: 'acct-alpha',
  version: 99,
  revision: 99,
  ifRevision: 0,
  mayWiden: true,
  ofUser: 'user-owner',
  standing: { version: 99, permissions: ['withdrawal.write'], sessionsFrom: 0, ended: [] },
  credentials: [],
  approved: true,
  totpConfirmed: true,
  constructor: { prototype: { isAdmin: true } },
  prototype: { isAdmin: true },
  toString: 1,
  hasOwnProperty: 1,
  Reason: 'x',
  'reason ': 'x',
  '': 'x',
  'a/b~c': 'x',
}

/** Nothing that any member takes. */
const OF_NO_TYPE: Readonly<Record<string, unknown>> = {
  null: null,
  'half a number': 12.5,
  'an object': {},
  'an object with a length': { length: 1, 0: 'owner' },
  'a list with nothing in it but null': [null],
  'a list in a list': [['owner']],
  'a long text': 'x'.repeat(300_000),
}

/** Texts that no line, name or id may hold. */
const UNPRINTABLE: Readonly<Record<string, string>> = {
  'a null character': 'a\u0000b',
  'a line feed': 'a\nb',
  'an escape': 'a\u001B[2Jb',
  'a text that turns round': 'a\u202Eb',
  'an isolate': 'a\u2067b',
  'nothing visible': '\u200B',
  'a line separator': 'a\u2028b',
}

/** Members whose text is whatever somebody else made: a wrong one may be refused for being wrong. */
const PROOFS = ['otp', 'secret', 'refresh_token', 'client_id', 'publicKey']

/** @param members all that the body may have, those of `good` and those that it can do without. */
export function mutantsOf(good: object, members: readonly string[]): readonly Mutant[] {
  const withOne = (name: string, value: unknown) => JSON.stringify({ ...good, [name]: value })
  const foreign = Object.entries(FOREIGN)
    .filter(([name]) => !members.includes(name))
    .map(([name, value]) => ({
      what: `a member ${JSON.stringify(name)}`,
      text: withOne(name, value),
      pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    }))
  const wrong = members.flatMap((name) => [
    ...Object.entries(OF_NO_TYPE).map(([what, value]) => ({
      what: `${name}: ${what}`,
      text: withOne(name, value),
      pointer: `/${name}`,
    })),
    ...Object.entries(UNPRINTABLE).map(([what, value]) => ({
      what: `${name}: ${what}`,
      text: withOne(name, value),
      pointer: `/${name}`,
      ...(PROOFS.includes(name) ? { proof: true as const } : {}),
    })),
  ])
  return [...foreign, ...wrong, ...otherTexts(good, members)]
}

/** What is not JSON, not in one way alone, or not an object. */
function otherTexts(good: object, members: readonly string[]): readonly Mutant[] {
  const text = JSON.stringify(good)
  const rest = text.slice(1)
  const [first = ''] = members
  const deep = `${'['.repeat(40)}${']'.repeat(40)}`
  const unreadable = {
    nothing: '',
    'a word': 'reason',
    'a form': 'reason=x&roles=owner',
    'a byte order mark': `\uFEFF${text}`,
    'a comma at the end': `${text.slice(0, -1)},}`,
    'two bodies': text + text,
    'a comment': `/**/${text}`,
    'a member __proto__': `{"__proto__":{"roles":["owner"]},${rest}`,
    'a member __proto__, escaped': `{"\\u005f_proto__":{"roles":["owner"]},${rest}`,
    'half a character': `{"${first}":"\\ud800",${rest}`,
    'forty lists in one': `{"${first}":${deep}}`,
    ...Object.fromEntries(
      Object.entries(good).map(([name, value]) => [
        `${name} twice`,
        `{"${name}":${JSON.stringify(value)},${rest}`,
      ]),
    ),
  }
  const noObjects = { 'a list': `[${text}]`, null: 'null', 'a text': '"x"', 'a number': '1' }
  return [
    ...Object.entries(unreadable).map(([what, sent]) => ({ what, text: sent, pointer: '' })),
    ...Object.entries(noObjects).map(([what, sent]) => ({ what, text: sent })),
  ]
}
