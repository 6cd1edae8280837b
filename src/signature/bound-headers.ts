/**
 * Headers that change what a request does beyond its method, target and body. Whoever sends one must
 * sign it, in every dialect of ours.
 */
export const BOUND_HEADERS = ['idempotency-key', 'pc-otp'] as const
