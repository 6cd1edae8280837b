/** What the running demo wrote down for whoever tries it: keys, people, where everything is. */
import * as v from 'valibot'
import { readJsonFile } from './files.ts'
import { WrongUse } from './wrong-use.ts'

const DemoSchema = v.object({
  gateway: v.string(),
  keys: v.array(v.looseObject({ name: v.string(), user: v.string() })),
  users: v.optional(v.array(v.object({ id: v.string(), totpSecret: v.string() })), []),
})

export type DemoFile = v.InferOutput<typeof DemoSchema>

export function demoFile(file: string): DemoFile {
  const demo = readJsonFile(file, DemoSchema)
  if (demo === undefined)
    throw new WrongUse(
      `Cannot read ${file}: start the demo first (npm start), or name its file with --demo`,
    )
  return demo
}
