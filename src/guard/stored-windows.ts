/**
 * The counts of all budgets as one short text: a row is paid for however much it holds, and a hundred slots of a
 * day are mostly one step apart. `[[id, name, reserved, end, units, step, units, step, units …], …]`, where the
 * first slot ends at `end` and each further one `step` milliseconds after the one before.
 */
import * as v from 'valibot'
import type { StoredWindow } from './budgets.ts'
import type { CredentialsUsed } from './key.ts'
import type { StoredSlot } from './window.ts'

const WindowsSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(
    v.tupleWithRest([v.string(), v.string(), v.number()], v.pipe(v.number(), v.safeInteger())),
  ),
)

export function writeWindows(windows: readonly StoredWindow[]): string {
  return JSON.stringify(
    windows.map(({ id, name, reserved, slots }) => {
      let endMs = 0
      const steps = slots.flatMap(({ lastMs, units }) => {
        const step = lastMs - endMs
        endMs = lastMs
        return [step, units]
      })
      return [id, name, reserved, ...steps]
    }),
  )
}

/** @throws when the text is not one that was written here: then nothing is known and nothing may be admitted. */
export function readWindows(stored: string): readonly StoredWindow[] {
  return v.parse(WindowsSchema, stored).map(([id, name, reserved, ...steps]) => {
    const slots: StoredSlot[] = []
    let lastMs = 0
    for (let i = 0; i + 1 < steps.length; i += 2) {
      lastMs += steps[i] ?? 0
      slots.push({ lastMs, units: steps[i + 1] ?? 0 })
    }
    return { id, name, reserved, slots }
  })
}

const CredentialsUsedSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ id: v.string(), atMs: v.number() })),
)

/** When each credential was last used. @throws when the text is not one that was written here. */
export function readCredentialsUsed(stored: string): CredentialsUsed {
  return v.parse(CredentialsUsedSchema, stored)
}
