/** What an operation does to the caller's account. Everything but `read` is unsafe. */
export const KINDS = ['read', 'order', 'cancel', 'account', 'withdrawal'] as const
export type Kind = (typeof KINDS)[number]

/** Whether admitting it twice could cost somebody money. The HTTP method has no say in this. */
export function isUnsafe(kind: Kind): boolean {
  return kind !== 'read'
}
