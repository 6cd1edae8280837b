/**
 * More keys than the demo shows, for measurements: `PORTCULLIS_EXTRA_KEYS` says how many, `PORTCULLIS_EXTRA_TIERS`
 * of which tiers one more each, with commas between. None without them.
 */
export function extraKeys() {
  const count = Number(process.env['PORTCULLIS_EXTRA_KEYS'] ?? 0)
  const tiers = (process.env['PORTCULLIS_EXTRA_TIERS'] ?? '').split(',').filter(Boolean)
  return [
    ...Array.from({ length: count }, (_, i) => extraKey(`extra-${i + 1}`)),
    ...tiers.map((tier) => ({ ...extraKey(`tier-${tier}`), tier })),
  ]
}

function extraKey(name: string) {
  return { name, dialect: 'compact' as const, account: `acct-${name}`, user: 'user-extra' }
}
