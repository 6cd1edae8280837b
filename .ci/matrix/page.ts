/** The matrix as a page. */
import type { Chapter, Clause } from './clause.ts'
import { testsOf } from './problems.ts'
import type { TaggedTest } from './tags.ts'

const ABOUT = `# Control matrix

What is asked of a trading gateway, by its own mission and by rules that bind those who use it: where it is done, which test
shows it, which question shows that it was at work, and what stays with the broker. Written by \`npm run docs:controls\` from
\`.ci/matrix/\` and from the tags of the tests; \`npm run check\` fails where the two differ, where a row that says _built_ has no
test, and where a test that is tagged may be left out.

**What this page is not.** The rules bind the broker, not a piece of software. A row says what the gateway does and shows,
in our own words; whether that is what a clause demands of a broker is for the broker and its counsel to say. Nothing here
has been examined by a regulator, an assessor or an auditor. Article numbers are for finding the text, not for citing it.

_built_: the gateway does it, and the test shows it. _not built yet_: it does not do it today. _with the broker_: nothing in
a gateway can do it. \`EXPORT\` is a folder that \`portcullis audit export\` made, \`VKEY\` the key of the audit log.
`

export function page(chapters: readonly Chapter[], tests: readonly TaggedTest[]): string {
  return [ABOUT, summary(chapters), ...chapters.map((one) => section(one, tests))].join('\n')
}

function summary(chapters: readonly Chapter[]): string {
  const rows = chapters.map(({ title, clauses }) => {
    const count = (state: Clause['state']) => clauses.filter((one) => one.state === state).length
    const cells = [
      `[${title}](#${anchor(title)})`,
      count('built'),
      count('not built yet'),
      count('with the broker'),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return `| chapter | built | not built yet | with the broker |
| --- | --: | --: | --: |
${rows.join('\n')}
`
}

/** As GitHub names a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function section({ title, about, clauses }: Chapter, tests: readonly TaggedTest[]): string {
  const rows = clauses.map((clause) => row(clause, testsOf(clause, tests)))
  return `## ${title}

${about}

| clause | asks for | where | shown by | evidence | stays with the broker | state |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

function row(clause: Clause, shown: readonly TaggedTest[]): string {
  const { id, name, asks, code = [], evidence, broker, state } = clause
  const cells = [
    `${escape(name)}<br>\`${id}\``,
    escape(asks),
    code.map((path) => `[${path}](../../${path})`).join('<br>'),
    shown.map(testLink).join('<br>'),
    evidence === undefined ? '' : `\`${evidence.replaceAll('|', String.raw`\|`)}\``,
    escape(broker),
    state,
  ]
  return `| ${cells.map((cell) => (cell === '' ? '–' : cell)).join(' | ')} |`
}

function testLink({ file, names }: TaggedTest): string {
  const short = file.replace(/^test\//, '').replace(/\.test\.ts$/, '')
  return `[${short}](../../${file}) › ${names.map(escape).join(' › ')}`
}

/** What Markdown would take for its own. */
function escape(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|$]/g, String.raw`\$&`)
}
