/**
 * Client addresses and the networks a key may be bound to. An IPv4 address and its IPv6-mapped form
 * (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) are the same address here.
 */

/** An address as 128 bits: eight groups of sixteen. */
type Groups = readonly number[]

/** Whether `address` lies in one of the networks; an address that cannot be read lies in none. */
export function addressAllowed(address: string | undefined, networks: readonly string[]): boolean {
  const groups = address === undefined ? undefined : parseAddress(address)
  if (groups === undefined) return false
  return networks.some((network) => {
    const parsed = parseNetwork(network)
    return parsed !== undefined && contains(parsed, groups)
  })
}

/** Whether the text is an address or a network in CIDR form (RFC 4632, RFC 4291 section 2.3). */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined
}

/** Whether every address of `inner` lies in `outer`, both in CIDR form; what cannot be read lies in nothing. */
export function networkWithin(inner: string, outer: string): boolean {
  const [small, large] = [parseNetwork(inner), parseNetwork(outer)]
  if (small === undefined || large === undefined) return false
  return small.bits >= large.bits && contains(large, small.base)
}

/** The network that a client's address stands for where strangers are counted: IPv4 /24, IPv6 /56, in CIDR form. */
export function networkOf(address: string | undefined): string {
  const groups = address === undefined ? undefined : parseAddress(address)
  if (groups === undefined) return 'unknown'
  const [a = 0, b = 0, c = 0, d = 0] = groups
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6)
    return `${high >> 8}.${high & 0xff}.${low >> 8}.0/24`
  }
  return `${[a, b, c, d & 0xff00].map((group) => group.toString(16)).join(':')}::/56`
}

interface Network {
  readonly base: Groups
  readonly bits: number
}

function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.split('/')
  if (rest.length > 0 || (length !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(length)))
    return undefined
  const base = parseAddress(address)
  if (base === undefined) return undefined
  const isV4 = !address.includes(':')
  const bits = length === undefined ? 128 : Number(length) + (isV4 ? 96 : 0)
  return bits <= 128 ? { base, bits } : undefined
}

function contains(network: Network, address: Groups): boolean {
  for (let group = 0, left = network.bits; left > 0; group += 1, left -= 16) {
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff
    if (((network.base[group] ?? 0) & mask) !== ((address[group] ?? 0) & mask)) return false
  }
  return true
}

function parseAddress(text: string): Groups | undefined {
  if (!text.includes(':')) {
    const v4 = parseV4(text)
    return v4 === undefined ? undefined : [0, 0, 0, 0, 0, 0xffff, ...v4]
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map(parseGroups)
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  if (tail === undefined) return head.length === 8 ? head : undefined
  const gap = 8 - head.length - tail.length
  return gap < 1 ? undefined : [...head, ...Array.from({ length: gap }, () => 0), ...tail]
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [i, part] of parts.entries()) {
    const v4 = i === parts.length - 1 && part.includes('.') ? parseV4(part) : undefined
    if (v4 !== undefined) groups.push(...v4)
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

function parseV4(text: string): readonly [number, number] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  const parts = match?.slice(1) ?? []
  const [a, b, c, d] = parts.map(Number)
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined
  if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith('0'))))
    return undefined
  return [(a << 8) | b, (c << 8) | d]
}
