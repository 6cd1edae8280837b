/** More keys than the demo shows, for measurements over many: `PORTCULLIS_EXTRA_KEYS` says how many, none without it. */
export function extraKeys() {
  const count = Number(process.env['PORTCULLIS_EXTRA_KEYS'] ?? 0)
  return Array.from({ length: count }, (_, i) => ({
    name: `extra-${i + 1}`,
    dialect: 'compact' as const,
    account: `acct-extra-${i + 1}`,
  }))
}
