/** `WWW-Authenticate`: how a caller who was refused may prove more, in the scheme in which they spoke. */
import type { Refusal, RefusalCode } from '../refusal.ts'
import { PROOF_ALGORITHMS } from '../session/dpop.ts'
import type { Token } from './stages.ts'

const ALGORITHMS = `algs="${PROOF_ALGORITHMS.join(' ')}"`

/** Whoever showed no token hears of every way. */
const EVERY_WAY = `Signature realm="portcullis", PC1 realm="portcullis", Bearer realm="portcullis", DPoP realm="portcullis", ${ALGORITHMS}`

/** The errors of RFC 6750 section 3.1, RFC 9449 section 7.1 and RFC 9470 section 3. */
const ERRORS: { readonly [code in RefusalCode]?: string } = {
  unauthorized: 'invalid_token',
  use_dpop_nonce: 'use_dpop_nonce',
  retry_fresh: 'invalid_dpop_proof',
  step_up_required: 'insufficient_user_authentication',
}

export function challengeFor(
  { code, detail, members }: Refusal,
  token: Pick<Token, 'scheme'> | undefined,
): string {
  const error = ERRORS[code]
  if (
    token === undefined &&
    (error === undefined || code === 'unauthorized' || code === 'retry_fresh')
  )
    return EVERY_WAY
  const scheme = code === 'use_dpop_nonce' ? 'DPoP' : (token?.scheme ?? 'Bearer')
  const asked = (['acr_values', 'max_age'] as const).flatMap((name) => {
    const value = members?.[name]
    const isPlain = typeof value === 'string' || typeof value === 'number'
    return isPlain ? [`${name}="${value}"`] : []
  })
  const parts = [
    'realm="portcullis"',
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(detail === undefined
      ? []
      : [`error_description="${detail.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'")}"`]),
    ...asked,
    ...(scheme === 'DPoP' ? [ALGORITHMS] : []),
  ]
  return `${scheme} ${parts.join(', ')}`
}
