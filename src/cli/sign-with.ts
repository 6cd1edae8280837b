/** With which credential a command signs: a key of the demo by its name, or the one in the profile. */
import * as v from 'valibot'
import { sign } from '../client/sign.ts'
import { demoFile, type DemoFile } from './demo-file.ts'
import { readJsonFile, replacePrivate } from './files.ts'
import { send, type Answer, type Sent } from './gateway.ts'
import { WrongUse } from './wrong-use.ts'

const Credential = v.object({
  id: v.string(),
  dialect: v.picklist(
    ['compact', 'rfc9421'],
    'the command line signs with compact and rfc9421 keys',
  ),
  alg: v.picklist(['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256']),
  secret: v.exactOptional(v.string()),
  privateKey: v.exactOptional(v.string()),
})

/** A person's own: which gateway, and with what they sign. Never the authenticator's secret. */
const ProfileSchema = v.object({ gateway: v.string(), credential: Credential })

export type Profile = v.InferOutput<typeof ProfileSchema>

/** The demo's gateway and the key of that name. */
export function demoKey(demo: DemoFile, name: string): Profile {
  const key = demo.keys.find((known) => known.name === name)
  if (key === undefined)
    throw new WrongUse(
      `No key "${name}". There are: ${demo.keys.map((known) => known.name).join(', ')}`,
    )
  const usable = v.safeParse(Credential, key)
  if (!usable.success)
    throw new WrongUse(`Cannot use the key "${name}": ${usable.issues[0].message}`)
  return { gateway: demo.gateway, credential: usable.output }
}

/** The credential that a command signs with: the demo's key of that name, else the profile's. */
export function signWith(
  { demo, profile }: { readonly demo: string; readonly profile: string },
  name: string | undefined,
): Profile {
  if (name !== undefined) return demoKey(demoFile(demo), name)
  const own = readJsonFile(profile, ProfileSchema)
  if (own === undefined)
    throw new WrongUse(
      `There is no profile ${profile}. Name a key of the demo, or make a profile: portcullis profile make`,
    )
  return own
}

/** A profile of parts that somebody gave; a sentence where they do not fit together. */
export function profileOf(parts: unknown): Profile | string {
  const read = v.safeParse(ProfileSchema, parts)
  return read.success ? read.output : read.issues[0].message
}

export function saveProfile(file: string, profile: Profile): void {
  replacePrivate(file, profile)
}

/** Sends a request that the credential signs. */
export async function sendSigned(
  { gateway, credential }: Profile,
  { method, path, body }: Pick<Sent, 'method' | 'path' | 'body'>,
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const request = { method, url: gateway + path, ...(text === undefined ? {} : { body: text }) }
  const headers = await sign(request, credential)
  const ifUnauthorized = `Is ${credential.id} still good, and is it of this gateway?`
  const sent = text === undefined ? {} : { text }
  return send(gateway, { method, path, headers, ifUnauthorized, ...sent })
}
