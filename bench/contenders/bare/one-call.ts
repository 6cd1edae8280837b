/** The limit of whatever keeps its state in an object of its own for each key and asks it with each request. */
import type { Contender } from '../../contender.ts'
import { bundled, startWorkerd } from '../../workerd.ts'

export const oneCall: Contender = {
  id: 'one-call',
  title: 'bare worker that calls one object',
  lacks: [
    'everything but the way to an object, which decides nothing, and to the origin over mTLS',
  ],
  credential: 'none',
  async start(world) {
    const script = await bundled(world, 'bench/contenders/bare/worker-one-call.ts')
    const durableObjects = { KEYS: { className: 'OneCall', useSQLite: true } }
    return startWorkerd(world, 'one-call', script, { durableObjects })
  },
}
