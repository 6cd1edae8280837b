import { expectWords, NO_OPTIONS, readWords, say, type Command, type Group } from '../command.ts'
import { readText } from '../files.ts'
import { knownSecrets } from '../known-secrets.ts'
import { WrongUse } from '../wrong-use.ts'

const known: Command = {
  synopsis: 'FILE [--json]',
  summary: 'From published secrets, one a line, what “wrangler kv bulk put” needs to refuse them.',

  async run(words) {
    const { options, positionals } = readWords(words, NO_OPTIONS)
    const [file = ''] = expectWords(positionals, ['the FILE with one secret a line'])
    const text = readText(file)
    if (text === undefined) throw new WrongUse(`There is no ${file}`)
    const entries = await knownSecrets(text)
    const lines = entries.map((entry) => `  ${JSON.stringify(entry)}`)
    say(options.json, entries, `[\n${lines.join(',\n')}\n]`)
    return 0
  },
}

export const secrets: Group = { summary: 'Secrets that nobody may use.', verbs: { known } }
