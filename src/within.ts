/** What was waited for did not come in time. */
export class Late extends Error {
  override readonly name = 'Late'
}

/** Waits for an answer no longer than `timeoutMs`, in milliseconds. @throws {Late} when it does not come in time. */
export function within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Late('No answer in time')), timeoutMs)
    const settle = () => clearTimeout(timer)
    answer.then(resolve, reject).then(settle, settle)
  })
}
