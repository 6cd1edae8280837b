/** Whether a proof is run at full size, on any runtime. */
export const FULL = typeof process === 'object' && process.env['PORTCULLIS_PROVE'] === 'full'
