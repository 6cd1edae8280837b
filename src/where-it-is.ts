/** Keys move: an object that was left behind says where its key went, and whoever asks is to ask there. */
import type { Moved } from './guard/key.ts'

/** More moves than anybody makes; a ring of signposts ends here. */
const MOST_MOVES = 4

/** What is known of the objects to which keys were moved, by key. */
export interface Places {
  get(keyId: string): string | undefined
  set(keyId: string, object: string): void
}

/** Asks the key's object, wherever it was moved to, and remembers where. `undefined` where no object answers for it. */
export async function whereItIs<T>(
  places: Places,
  keyId: string,
  ask: (object: string) => Promise<T | Moved>,
): Promise<T | undefined> {
  for (let move = 0; move < MOST_MOVES; move += 1) {
    const answer = await ask(places.get(keyId) ?? keyId)
    if (!isMoved(answer)) return answer
    places.set(keyId, answer.movedTo)
  }
  return undefined
}

function isMoved(answer: unknown): answer is Moved {
  return typeof answer === 'object' && answer !== null && 'movedTo' in answer
}
