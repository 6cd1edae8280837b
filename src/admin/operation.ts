/** What the gateway does itself: each of its calls is one row, by which it is routed, judged, validated and described. */
import type * as v from 'valibot'
import type { Operation } from '../access/policy.ts'
import type { Right } from '../access/role.ts'
import type { OwnBudget } from '../guard/key.ts'
import { NO_QUERY, type OwnHeader, type Query } from './parameters.ts'

type Schema = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>

export interface OwnOperation extends Operation {
  readonly route: string
  readonly summary: string
  /**
   * Who may call it: whoever signs, whoever is in a session, either, or whoever holds what the body brings.
   */
  readonly by: 'signature' | 'session' | 'either' | 'body'
  /** The right over the gateway that it takes; `undefined` where it concerns the caller alone. */
  readonly right?: Right
  /** Whether a session needs a fresh second factor for it though it concerns the caller alone. */
  readonly fresh: boolean
  /** Which limit it spends. */
  readonly budget: OwnBudget
  /** What the body has to be. Members that are not named are refused: nobody assigns what they may not. */
  readonly takes?: Schema
  /** Whether the body may come as a form as well, as OAuth's own clients send it. */
  readonly form: boolean
  /** What its query may say; `undefined` where a signature may stand in the query, and nothing else there counts. */
  readonly query: Query | undefined
  /** The header fields that it reads, beside those of whoever calls. */
  readonly headers: readonly OwnHeader[]
  /** What it answers. */
  readonly gives?: Schema
  readonly status: number
  /** Whether it must name the revision that it changes (`If-Match`). */
  readonly conditional: boolean
  /** Whether it answers the revision that there is then (`ETag`). */
  readonly revised: boolean
}

type Optional =
  | 'status'
  | 'conditional'
  | 'revised'
  | 'fresh'
  | 'budget'
  | 'form'
  | 'query'
  | 'headers'

export interface OwnSpec
  extends
    Pick<OwnOperation, 'id' | 'route' | 'summary' | 'by' | 'right' | 'takes' | 'gives'>,
    Partial<Pick<OwnOperation, Optional>> {}

/** What changes something is recorded before it is done, as an order is. */
export function ownOperation(spec: OwnSpec): OwnOperation {
  return {
    kind: spec.route.startsWith('GET ') ? 'read' : 'account',
    permission: '',
    weight: 1,
    public: false,
    stepUp: undefined,
    status: 200,
    budget: 'gateway',
    conditional: false,
    revised: false,
    form: false,
    query: spec.by === 'session' ? NO_QUERY : undefined,
    headers: [],
    fresh: false,
    ...spec,
  }
}
