/** The audit log as an auditor reads it through the gateway, and waits for what is on its way there. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MERGE_DELAY_MS } from '../../../src/audit/receipt.ts'
import { readRecord, type AuditRecord } from '../../../src/audit/record.ts'
import { must, type Member } from './cast.ts'

export interface Item {
  readonly index: number
  readonly leaf: string
  readonly salt?: string
  readonly record?: string
  readonly shredded?: boolean
}

/** The whole log, as the auditor reads it. */
export async function items(auditor: Member): Promise<readonly Item[]> {
  const all: Item[] = []
  for (let from: number | undefined = 0; from !== undefined;) {
    const { json } = must(await auditor.call('GET', `/admin/audit/records?from=${from}`), 200)
    all.push(...json.items)
    from = json.next
  }
  return all
}

export async function records(auditor: Member): Promise<readonly AuditRecord[]> {
  const read = (await items(auditor)).map(({ record }) => record && readRecord(JSON.parse(record)))
  return read.filter((record) => typeof record === 'object')
}

/** The records of changes of one thing once there is one of that name. */
export async function changesOf(
  auditor: Member,
  about: (record: AuditRecord) => boolean,
  what: string,
): Promise<readonly AuditRecord[]> {
  const deadline = Date.now() + MERGE_DELAY_MS
  for (;;) {
    const changes = (await records(auditor)).filter(about)
    if (changes.some((record) => Reflect.get(record, 'what') === what)) return changes
    if (Date.now() > deadline) throw new Error(`No ${what} in the log`)
    await sleep(500)
  }
}

/** The records of a request once as many are there as there must be. */
export async function recorded(
  auditor: Member,
  requestId: string,
  count: number,
): Promise<readonly AuditRecord[]> {
  const deadline = Date.now() + MERGE_DELAY_MS
  for (;;) {
    const own = (await records(auditor)).filter(
      (record) => Reflect.get(record, 'requestId') === requestId,
    )
    if (own.length >= count) return own
    if (Date.now() > deadline)
      throw new Error(`${own.length} records of ${requestId}, not ${count}`)
    await sleep(1_000)
  }
}
