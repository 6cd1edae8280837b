/**
 * Asks for what nobody may read over a shoulder, in a shell's history or in a list of processes: at a terminal without
 * echo, else one line for each question from standard input.
 */
import { type } from './typed.ts'

/** What came behind the last answer. */
let ahead = ''

/** Asks on stderr: stdout is for what the command answers. */
export async function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process
  // Before the question is seen: what is typed from then on is not shown.
  if (stdin.isTTY) stdin.setRawMode(true)
  stderr.write(`${question}: `)
  try {
    return (await readTyped(stdin, question)).trim()
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

export function isTerminal(): boolean {
  return process.stdin.isTTY
}

function readTyped(stdin: NodeJS.ReadStream, question: string): Promise<string> {
  const nothing = new Error(`Nothing was given for "${question}": standard input has ended`)
  return new Promise((resolve, reject) => {
    let text = ''
    const stop = () => {
      stdin.off('data', onData).off('end', onEnd).off('error', reject)
    }
    const onData = (keys: string) => {
      const typed = type(text, keys)
      text = typed.text
      ahead = typed.rest
      if (typed.end === undefined) return
      stop()
      if (typed.end === 'entered') resolve(text)
      else reject(new Error('Cancelled'))
    }
    const onEnd = () => {
      stop()
      if (text === '') reject(nothing)
      else resolve(text)
    }
    const waiting = ahead
    ahead = ''
    stdin.setEncoding('utf8').on('data', onData).on('end', onEnd).on('error', reject)
    if (waiting !== '') onData(waiting)
    if (stdin.readableEnded) onEnd()
    else stdin.resume()
  })
}
