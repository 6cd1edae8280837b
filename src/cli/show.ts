/** The command that shows one thing of a collection. */
import type * as v from 'valibot'
import { expectWords, NO_OPTIONS, readWords, say, segment, type Command } from './command.ts'
import { expectAnswer } from './gateway.ts'
import { useSession } from './session.ts'

/** @param what how the command's help calls the id, such as `KEY`. */
export function showCommand<S extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  collection: string,
  what: string,
  summary: string,
  shape: S,
  asText: (value: v.InferOutput<S>) => string,
): Command {
  return {
    synopsis: `${what} [--json]`,
    summary,

    async run(words) {
      const { options, positionals } = readWords(words, NO_OPTIONS)
      const [id = ''] = expectWords(positionals, [`the ${what}`])
      const session = await useSession(options)
      const answer = await session.call({ method: 'GET', path: `${collection}/${segment(id)}` })
      say(options.json, answer.json, asText(expectAnswer(shape, answer)))
      return 0
    },
  }
}
