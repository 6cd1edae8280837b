/** What is measured: something that stands before the origin and has a socket. */
import type { Pki } from '../demo/pki.ts'
import type { BenchKey } from './keys.ts'

/** What all contenders share in one run. */
export interface World {
  /** The root of the repository. */
  readonly root: string
  /** A folder of this run, for whatever a contender writes. */
  readonly folder: string
  readonly pki: Pki
  /** Of the origin, on 127.0.0.1; its certificate is for `localhost`, signed by `pki.serverCa`. */
  readonly originPort: number
  readonly keys: readonly BenchKey[]
}

export interface Contender {
  readonly id: string
  /** As the table names it. */
  readonly title: string
  /** What Portcullis does and this does not, in a few words each. */
  readonly lacks: readonly string[]
  /** What proves who asks: a signature of the compact dialect unless this says otherwise. */
  readonly credential?: 'jwt' | 'none'
  /** @throws {Missing} when what it needs is not on this machine. */
  start(world: World): Promise<Running>
}

export interface Running {
  /** On 127.0.0.1, plain HTTP/1.1. */
  readonly port: number
  /** The processes whose time on a core is the contender's. */
  readonly pids: readonly number[]
  stop(): Promise<void>
}

/** A contender that cannot run here; the table says so. */
export class Missing extends Error {
  override readonly name = 'Missing'
}
