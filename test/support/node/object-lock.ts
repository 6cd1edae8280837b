/**
 * A mock of an S3 store with Object Lock: `moto`, a Python program, in an environment of its own. It checks no signature
 * and is not the real thing, but it has versions, retention and conditions as S3 documents them.
 */
import { execFile, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AwsClient } from 'aws4fetch'
import { freePorts } from './ports.ts'

const run = promisify(execFile)
const MOTO = 'moto[server]==5.2.5'
const REGION = 'eu-central-1'
const WHO = {
  accessKeyId: 'AKIAOBVIOUSLYFAKE',
  secretAccessKey: 'an obviously fake secret of a mock',
}

export interface LockingStore {
  /** What a deployment sets to copy its audit log there. */
  readonly settings: Readonly<Record<string, string>>
  /** A request of the store's owner. */
  ask(target: string, init?: RequestInit): Promise<Response>
  close(): void
}

/** @throws where there is no Python, or the registry does not answer. */
export async function openLockingStore(bucket: string): Promise<LockingStore> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-moto-'))
  const [port] = await freePorts(1)
  await run('python3', ['-m', 'venv', folder])
  await run(path.join(folder, 'bin/pip'), ['install', '--quiet', MOTO])
  const server = spawn(path.join(folder, 'bin/moto_server'), [
    '-H',
    '127.0.0.1',
    '-p',
    String(port),
  ])
  const client = new AwsClient({ ...WHO, region: REGION, service: 's3' })
  const url = `http://127.0.0.1:${port}/${bucket}`
  const ask = (target: string, init: RequestInit = {}) => client.fetch(url + target, init)
  await answering(`http://127.0.0.1:${port}/moto-api/`)
  const made = await ask('', {
    method: 'PUT',
    headers: { 'x-amz-bucket-object-lock-enabled': 'true' },
    body: `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`,
  })
  if (made.status !== 200) throw new Error(`Cannot make the bucket: ${await made.text()}`)
  return {
    settings: {
      AUDIT_COPY_URL: url,
      AUDIT_COPY_REGION: REGION,
      AUDIT_COPY_ACCESS_KEY_ID: WHO.accessKeyId,
      AUDIT_COPY_SECRET_ACCESS_KEY: WHO.secretAccessKey,
      AUDIT_COPY_LOCK_DAYS: '30',
    },
    ask,
    close() {
      server.kill()
      fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answering(url: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; ;) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    if (Date.now() > deadline) throw new Error('The mock of S3 does not answer')
    await sleep(200)
  }
}
