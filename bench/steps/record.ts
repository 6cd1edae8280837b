/** Without the line on the console. */
export * from '../../src/gateway/record.ts'

export function writeRecord(): void {}
export function callRecord(): void {}
