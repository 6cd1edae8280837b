/** Calls about risk that succeed, in an order in which they can. */
import type { Member } from './cast.ts'
import type { Reply } from './person.ts'

const REASON = { reason: 'The document' }

/**
 * @param other who approves what somebody else asked for.
 * @param customer who trades, and so may cap the account.
 */
export async function* riskAnswers(
  own: (route: string, path: string, body?: object) => Promise<readonly [string, Reply]>,
  other: Member,
  customer: Member,
): AsyncGenerator<readonly [route: string, reply: Reply]> {
  const account = '/admin/accounts/acct-alpha/risk'
  yield own('GET /admin/accounts/{id}/risk', account)
  const tight = { maxQuantity: '1', maxOrderValue: '1', maxOpenValue: '1', maxDailyValue: '1' }
  const limits = { limits: { account: tight }, ...REASON }
  yield own('PUT /admin/accounts/{id}/risk', account, limits)
  const asked = await own('POST /admin/accounts/{id}/risk/overrides', `${account}/overrides`, {
    orderHash: 'a'.repeat(64),
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
    ticket: 'T-1',
    ...REASON,
  })
  yield asked
  const approve = `${account}/overrides/${asked[1].json.overrides[0].id}/approve`
  yield [
    'POST /gw/v1/admin/accounts/{id}/risk/overrides/{override}/approve',
    await other.call('POST', approve, REASON),
  ]
  yield own('GET /admin/firm/risk', '/admin/firm/risk')
  const firm = { limits: { firm: { maxOpenValue: '1' } }, ...REASON }
  yield own('PUT /admin/firm/risk', '/admin/firm/risk', firm)
  yield own('GET /accounts/self/risk', '/accounts/self/risk')
  const caps = { limits: { maxOrderValue: '1' } }
  yield ['PUT /gw/v1/accounts/self/risk', await customer.call('PUT', '/accounts/self/risk', caps)]
}
