/** The limit that every ratio is measured against. */
import type { Contender } from '../../contender.ts'
import { bundled, startWorkerd } from '../../workerd.ts'

export const bare: Contender = {
  id: 'bare',
  title: 'bare pass-through worker',
  lacks: ['everything but the way to the origin over mTLS'],
  credential: 'none',
  async start(world) {
    const script = await bundled(world, 'bench/contenders/bare/worker.ts')
    return startWorkerd(world, 'bare', script, {})
  },
}
