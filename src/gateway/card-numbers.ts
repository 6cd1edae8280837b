/** The step after admission that lets no payment card number through, nor into any record. */
import { hasCard, isCardInForm, isCardInJson } from '../access/card-number.ts'
import { networkOf } from '../access/address.ts'
import { routeParameters } from '../access/routes.ts'
import { signalOf } from '../control/signal.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { forwardedNames } from './headers.ts'
import type { Ports } from './ports.ts'
import type { Admitted, Reached, Routed } from './stages.ts'

type Looked = Routed & Pick<Partial<Admitted>, 'bodyBytes' | 'stripped' | 'credential'>

/** As many digits as the shortest card number has. */
const FEWEST_DIGITS = 13

/** Whether what would be forwarded, or done here, is free of card numbers. Who sent one is told, and so is whoever is on call. */
export function judgeCards(looked: Looked, ports: Ports): Result<void, Refusal> {
  const where = cardIn(looked, ports)
  if (where === undefined) return ok(undefined)
  tell(looked, ports)
  return refuse('card_number', {
    reason: `what looks like a card number, ${where}`,
    detail: `There is what looks like the number of a payment card, ${where}. The request was not forwarded and nothing of it was kept. Card numbers may not be sent here.`,
  })
}

function cardIn(looked: Looked, { policy }: Ports): string | undefined {
  const { except } = policy.cardNumbers
  const { target, body } = looked.stripped ?? {
    target: looked.head.target,
    body: looked.bodyBytes ?? new Uint8Array(),
  }
  if (isInTarget(looked, target, except)) return 'in the target'
  if (isInBody(looked, body, except)) return 'in the body'
  const names = forwardedNames(policy.origin.forwardHeaders)
  const isInHeader = names.some((name) => hasCard(looked.head.headers.get(name) ?? ''))
  return isInHeader ? 'in a header' : undefined
}

function isInTarget({ route, head }: Looked, target: string, except: ReadonlySet<string>): boolean {
  const query = target.indexOf('?')
  if (query >= 0 && isCardInForm(target.slice(query + 1), except)) return true
  // What a route does not name, it has as plain text of its own.
  const parameters = Object.entries(routeParameters(route, head.path) ?? {})
  return parameters.some(([name, value]) => !except.has(name) && hasCard(value))
}

function isInBody({ head }: Looked, body: Uint8Array, except: ReadonlySet<string>): boolean {
  if (!hasDigits(body)) return false
  const text = new TextDecoder().decode(body)
  const type = head.headers.get('content-type') ?? ''
  return /^application\/x-www-form-urlencoded\b/i.test(type)
    ? isCardInForm(text, except)
    : isCardInJson(text, except)
}

/** Spares most bodies from being read as text. */
function hasDigits(body: Uint8Array): boolean {
  let digits = 0
  for (const byte of body)
    if (byte >= 0x30 && byte <= 0x39) {
      digits += 1
      if (digits === FEWEST_DIGITS) return true
    }
  return false
}

/** The number itself, and where in a body it stood, are in nothing that is kept. */
function tell({ requestId, credential, place }: Looked & Reached, ports: Ports): void {
  const subject =
    credential === undefined
      ? ({ type: 'network', id: networkOf(place.address) } as const)
      : ({ type: 'credential', id: credential.id } as const)
  const features = { requestId, ...(credential === undefined ? {} : { keyId: credential.keyId }) }
  ports.signal(
    signalOf('card_number_sent', subject, features, new Date(ports.nowMs()).toISOString()),
  )
}
