/** `npm run docs:dialects`: writes docs/dialects.md from the table of dialects; with --check it only compares. */
import fs from 'node:fs'
import policy from '../gateway.config.ts'
import { bindsOperation, type Dialect } from '../src/signature/dialect.ts'
import { DIALECTS } from '../src/signature/dialects.ts'

const FILE = 'docs/dialects.md'

function row(dialect: Dialect): string {
  const { id, covers, bindsHeaders, algorithms, clockUnitMs } = dialect
  const yes = (value: boolean) => (value ? 'yes' : '**no**')
  const cells = [
    `\`${id}\``,
    yes(covers.method),
    yes(covers.path),
    yes(covers.query),
    yes(covers.body),
    yes(bindsHeaders),
    algorithms.map((name) => `\`${name}\``).join(', '),
    clockUnitMs === 1 ? 'ms' : 's',
    bindsOperation(dialect) ? 'any route' : 'its venue routes alone',
    policy.fenced.has(id) ? 'yes' : 'no',
  ]
  return `| ${cells.join(' | ')} |`
}

const text = `# Dialects

What the signature of each dialect covers. Written by \`npm run docs:dialects\` from the code; the last two columns follow
from the coverage and from \`gateway.config.ts\`.

| dialect | method | path | query | body | \`idempotency-key\`, \`pc-otp\` | algorithms | clock | may reach | fenced |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${Object.values(DIALECTS).map(row).join('\n')}

What a signature leaves open is closed elsewhere:

- **Method or path open**: the dialect reaches only the routes that the policy names for it under \`venues\`, and may read
  about its own key. A read and a write of that venue can still share a signature: what was seen as a read, admitted or
  refused, never passes as anything else, and after a restart the fence asks for a new signature.
- **No separators**: query and body must each be plain \`name=value\` pairs, names once; where both are signed the cut
  between them must be certain; a body only with POST and PUT.
- **Headers open**: \`idempotency-key\` and \`pc-otp\` are refused, and no conditional or encoding header is forwarded.
- **No nonce**: reads may be repeated within their window, also on other read routes of the venue, and spend the key's
  limits each time. A request that never reaches the key's object, because nothing names its path, is not remembered.
`

if (process.argv.includes('--check')) {
  const same = fs.existsSync(FILE) && squeeze(fs.readFileSync(FILE, 'utf8')) === squeeze(text)
  if (!same) process.stderr.write(`${FILE} is not what the code says: run npm run docs:dialects\n`)
  process.exitCode = same ? 0 : 1
} else {
  fs.writeFileSync(FILE, text)
}

/** The formatter pads the table's cells. */
function squeeze(markdown: string): string {
  return markdown.replace(/[ -]+/g, ' ')
}
