/** The form of a policy: what may be written down, and in which bounds. What has to fit together is `policy.ts`'s. */
import * as v from 'valibot'
import { CLOCK_UNITS } from '../clock/stamp.ts'
import { SINK_TYPES } from '../siem/sinks/sink.ts'
import { DIALECT_IDS } from '../signature/dialect.ts'
import { InstrumentsSchema } from './instrument.ts'
import { KINDS } from './kind.ts'
import { OrdersSchema } from './order-policy.ts'
import { ResourceSchema } from './resource-place.ts'
import { RiskSchema } from './risk-policy.ts'
import { ROLES } from './role.ts'

/** The regions in which a Durable Object can be asked to live (Cloudflare's location hints). */
export const REGIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const
export type Region = (typeof REGIONS)[number]

/** The longest a window may be: a day is a sliding 86,400 s. */
const DAY_SECONDS = 86_400

const name = (what: string) =>
  v.pipe(
    v.string(),
    v.regex(
      /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/,
      `${what} must be lower case, such as order.write`,
    ),
  )
const whole = (min: number, max: number) =>
  v.pipe(
    v.number(`must be a whole number from ${min} to ${max}`),
    v.check(
      (n) => Number.isInteger(n) && n >= min && n <= max,
      `must be a whole number from ${min} to ${max}`,
    ),
  )
const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `must be one of ${values.join(', ')}`)

export const OperationSchema = v.strictObject({
  kind: oneOf(KINDS),
  /** For clients whose signature covers method and path. */
  routes: v.optional(v.array(v.string()), []),
  /** For a venue's own clients, and for nobody else: what their signature leaves open, the route must close. */
  venues: v.optional(v.record(oneOf(DIALECT_IDS), v.array(v.string())), {}),
  permission: v.optional(name('a permission')),
  weight: v.optional(whole(1, 1_000), 1),
  public: v.optional(v.boolean(), false),
  /** A second factor no older than this, for sessions and signed requests alike. */
  stepUp: v.optional(v.strictObject({ maxAgeSeconds: whole(30, DAY_SECONDS) })),
  symbol: v.optional(ResourceSchema),
  account: v.optional(ResourceSchema),
  /** How the orders of each route are read, where there is pre-trade risk. */
  order: v.optional(OrdersSchema),
})

/** How old the second factor of whoever acts in a role may be, in seconds. */
const FreshnessSchema = v.optional(
  v.strictObject({
    readSeconds: v.optional(whole(60, DAY_SECONDS), 3_600),
    writeSeconds: v.optional(whole(60, 3_600), 300),
  }),
  {},
)

const RoleSchema = v.strictObject({
  /** What keys of people in this role may do at the broker, if the key may, too. */
  permissions: v.optional(v.array(name('a permission')), []),
  secondFactor: FreshnessSchema,
})

const SessionSchema = v.optional(
  v.strictObject({
    /** A session that is not refreshed for so long ends. */
    idleSeconds: v.optional(whole(60, DAY_SECONDS), 3_600),
    /** However busy it is, it ends after so long. */
    maxSeconds: v.optional(whole(60, DAY_SECONDS), 43_200),
    /** For how many days one key signs sessions. */
    signingKeyDays: v.optional(whole(2, 365), 30),
  }),
  {},
)

const KeysSchema = v.optional(
  v.strictObject({
    /** A credential ends this many days after it was made. */
    maxAgeDays: v.optional(whole(1, 3_650), 365),
    /** Its owner is warned from this many days before. */
    warnDays: v.optional(whole(1, 365), 30),
  }),
  {},
)

/** Seven years, and the days by which they may be longer. */
const SEVEN_YEARS = 2_557
const days = (otherwise = SEVEN_YEARS) => v.optional(whole(1, 36_500), otherwise)

/** For how many days what was recorded can be read, by class of record, counted from the end of its month. */
const EvidenceSchema = v.optional(
  v.strictObject({
    retentionDays: v.optional(
      v.strictObject({
        order: days(),
        read: days(),
        admin: days(),
        stranger: days(),
        log: days(),
      }),
      {},
    ),
  }),
  {},
)

const LimitSchema = v.strictObject({
  name: name('a limit'),
  limit: whole(1, 1_000_000_000),
  windowSeconds: whole(1, DAY_SECONDS),
  kinds: v.optional(v.pipe(v.array(oneOf(KINDS)), v.minLength(1, 'must name at least one kind'))),
})

/** A variable or a secret of the deployment, by its name. */
const variable = v.pipe(
  v.string(),
  v.regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of a variable, such as SPLUNK_HEC_URL'),
)

const SinkSchema = v.strictObject({
  id: name('a sink'),
  type: oneOf(SINK_TYPES),
  url: variable,
  token: variable,
})

const header = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'must be a lower-case header name'))

/** With which headers the origin stamps its answers, and what may be assumed of its clock and of ours. */
const ClockSchema = v.strictObject({
  received: header,
  sent: header,
  unit: oneOf(CLOCK_UNITS),
  /** How long an exchange says something about the next. */
  windowSeconds: v.optional(whole(1, 60), 60),
  /** Parts per million by which the clocks may drift against each other: as much as Linux slews one. */
  driftPpm: v.optional(whole(0, 1_000), 500),
  /** Smaller corrections are slewed, larger ones set the clock: as ntpd has it. 0 assumes nothing. */
  smallestStepMs: v.optional(whole(0, 10_000), 128),
  /** CPU time that a request may have used since its last input, and by which our own clock lags. */
  cpuLagMs: v.optional(whole(0, 1_000), 10),
  /** How far apart the clocks may be before somebody is told, and before it is an incident. */
  warnMs: v.optional(whole(1, 3_600_000), 250),
  criticalMs: v.optional(whole(1, 3_600_000), 1_000),
})

export const GatewaySchema = v.strictObject({
  origin: v.strictObject({
    region: oneOf(REGIONS),
    timeoutMs: v.optional(whole(100, 20_000), 10_000),
    forwardHeaders: v.optional(v.array(header), []),
    clock: v.optional(ClockSchema),
  }),
  dialects: v.pipe(v.array(oneOf(DIALECT_IDS)), v.minLength(1, 'must allow at least one dialect')),
  operations: v.record(name('an operation'), OperationSchema),
  /** What is traded. Without it there is no pre-trade risk. */
  instruments: v.optional(InstrumentsSchema),
  /** How many failed authentications within a minute lock: of a client's network, of one id from it. */
  lockout: v.optional(
    v.strictObject({
      network: v.optional(whole(5, 1_000), 60),
      credential: v.optional(whole(3, 1_000), 20),
    }),
    {},
  ),
  roles: v.optional(v.record(oneOf(ROLES), RoleSchema), {}),
  session: SessionSchema,
  keys: KeysSchema,
  evidence: EvidenceSchema,
  /** Payment card numbers are refused, but as values of these members, parameters and fields: numbers of other things. */
  cardNumbers: v.optional(v.strictObject({ except: v.optional(v.array(v.string()), []) }), {}),
  /** What holds for orders before they leave. */
  risk: v.optional(RiskSchema, {}),
  /** Where records are pushed to, beside Logpush. */
  sinks: v.optional(v.pipe(v.array(SinkSchema), v.maxLength(8, 'must name at most 8 sinks')), []),
  tiers: v.record(
    name('a tier'),
    v.strictObject({
      limits: v.pipe(v.array(LimitSchema), v.minLength(1, 'must set at least one limit')),
    }),
  ),
})
