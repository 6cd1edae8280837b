/** Without the signed assertion: the same header, its value fixed. */
export * from '../../src/gateway/assertion.ts'

export async function signAssertion(): Promise<string> {
  return 'x'.repeat(700)
}
