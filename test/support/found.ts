/** Says what a test found, on any runtime. */
export function found(what: string): void {
  // oxlint-disable-next-line no-console -- what a proof keeps
  console.log(`found: ${what}`)
}
