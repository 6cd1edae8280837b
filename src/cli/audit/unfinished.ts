/** An export that is under way: what it is of, and how far it has got. It goes on where it stopped. */
import fs from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { readJsonFile, remove, replacePrivate } from '../files.ts'
import { WrongUse } from '../wrong-use.ts'

const Whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const StateSchema = v.object({
  v: v.literal(1),
  gateway: v.string(),
  /** The checkpoint with which it began: all of it is of this size, however much the log grows meanwhile. */
  origin: v.string(),
  checkpoint: v.string(),
  vkeys: v.array(v.string()),
  size: Whole,
  /** What was asked for. */
  asked: v.object({ from: v.optional(v.string()), to: v.optional(v.string()) }),
  /** The last object that is here, while there are more. */
  after: v.optional(v.string()),
  hasObjects: v.boolean(),
  /** The first leaf whose record is not here yet. */
  nextRecord: v.optional(Whole),
})

export type State = v.InferOutput<typeof StateSchema>

const NAME = '.unfinished.json'

export class Unfinished {
  readonly #file: string
  #state: State

  private constructor(file: string, state: State) {
    this.#file = file
    this.#state = state
  }

  /**
   * Goes on with what is in the folder, or begins.
   *
   * @throws {WrongUse} when the folder holds something else.
   */
  static async open(
    folder: string,
    asked: State['asked'],
    begin: () => Promise<Omit<State, 'v' | 'asked' | 'hasObjects'>>,
  ): Promise<Unfinished> {
    const file = path.join(folder, NAME)
    const stored = readJsonFile(file, StateSchema)
    if (stored !== undefined) {
      if (stored.asked.from !== asked.from || stored.asked.to !== asked.to)
        throw new WrongUse(`${folder} holds an unfinished export of another part: go on with that`)
      return new Unfinished(file, stored)
    }
    if (fs.existsSync(folder) && fs.readdirSync(folder).length > 0)
      throw new WrongUse(`${folder} is not empty${inTheWay(folder)}: name a new folder`)
    const begun = new Unfinished(file, { v: 1, asked, hasObjects: false, ...(await begin()) })
    begun.advance({})
    return begun
  }

  get state(): State {
    return this.#state
  }

  /** Remembers how far it has got, after what it says is written. */
  advance(further: Partial<Pick<State, 'after' | 'hasObjects' | 'nextRecord'>>): void {
    this.#state = { ...this.#state, ...further }
    replacePrivate(this.#file, this.#state)
  }

  end(): void {
    remove(this.#file)
  }
}

const Manifest = v.object({ to: Whole })

/** A finished export stays what was verified and reported: nothing is put into it later. */
function inTheWay(folder: string): string {
  const to = readManifest(path.join(folder, 'manifest.json'))?.to
  return to === undefined
    ? ''
    : `, it holds a finished export, which is of one moment. With --from ${to} another folder has the records since`
}

/** Whatever else is called so is no export's. */
function readManifest(file: string) {
  try {
    return readJsonFile(file, Manifest)
  } catch {
    return undefined
  }
}
