/** What a new credential is made of: a key pair made here, a public key, a secret that is brought, or one of the gateway's. */
import * as v from 'valibot'
import { readText, refuseToOverwrite, remove, writeNewPrivate } from './files.ts'
import { Refused, type Answer } from './gateway.ts'
import { newKeyPair, PAIR_KINDS, type KeyPair, type PairKind } from './key-pair.ts'
import { askHidden } from './prompt.ts'
import { facts, time } from './table.ts'
import { WrongUse } from './wrong-use.ts'

export const MATERIAL_OPTIONS = {
  generate: { type: 'string' },
  out: { type: 'string' },
  'public-key': { type: 'string' },
  'import-secret': { type: 'boolean', default: false },
} as const

export const MATERIAL_SYNOPSIS =
  '[--generate ed25519|ecdsa-p256-sha256 --out FILE | --public-key FILE | --import-secret]'

export interface MaterialOptions {
  readonly generate?: string | undefined
  readonly out?: string | undefined
  readonly 'public-key'?: string | undefined
  readonly 'import-secret': boolean
}

export interface Material {
  /** Members of the body. */
  readonly body: { readonly alg?: PairKind; readonly publicKey?: string; readonly secret?: string }
  readonly pair: KeyPair | undefined
  readonly file: string | undefined
}

export function pairKind(text: string): PairKind {
  const kind = PAIR_KINDS.find((known) => known === text)
  if (kind === undefined)
    throw new WrongUse(`--generate makes key pairs of ${PAIR_KINDS.join(' and ')}, not "${text}"`)
  return kind
}

export async function readMaterial(options: MaterialOptions): Promise<Material> {
  const { generate, out, 'public-key': publicFile, 'import-secret': imports } = options
  const ways = [generate !== undefined, publicFile !== undefined, imports].filter(Boolean).length
  if (ways > 1)
    throw new WrongUse('--generate, --public-key and --import-secret exclude each other')
  if (generate === undefined && out !== undefined) throw new WrongUse('--out goes with --generate')
  if (generate !== undefined) {
    const alg = pairKind(generate)
    if (out === undefined) throw new WrongUse('Say with --out FILE where the private half goes')
    refuseToOverwrite(out)
    const pair = await newKeyPair(alg)
    return { body: { alg, publicKey: pair.publicKey }, pair, file: out }
  }
  return { body: await brought(publicFile, imports), pair: undefined, file: undefined }
}

async function brought(publicFile: string | undefined, imports: boolean) {
  if (imports) return { secret: process.env['PORTCULLIS_SECRET'] ?? (await askHidden('Secret')) }
  if (publicFile === undefined) return {}
  const publicKey = readText(publicFile)
  if (publicKey === undefined) throw new WrongUse(`There is no ${publicFile}`)
  // A slip that would give the private half away.
  if (publicKey.includes('PRIVATE KEY'))
    throw new WrongUse(
      `${publicFile} holds a private key: give the public half, and nobody the private one`,
    )
  return { publicKey }
}

/** Stores the private half, then asks for the credential: a key whose private half is lost can only be revoked. */
export async function withStored(
  { pair, file }: Material,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  if (pair === undefined || file === undefined) return ask()
  writeNewPrivate(file, pair.privateKey)
  try {
    return await ask()
  } catch (error) {
    // What was refused was not made; where no answer came, it may have been.
    if (error instanceof Refused) remove(file)
    throw error
  }
}

export const CredentialMade = v.object({
  id: v.string(),
  secret: v.exactOptional(v.string()),
  endsAt: v.exactOptional(v.nullable(v.string())),
})

/** A new credential, for whoever will use it. */
export function madeText(
  more: readonly (readonly [string, string])[],
  { id, secret, endsAt }: v.InferOutput<typeof CredentialMade>,
  file?: string,
): string {
  const shown: readonly (readonly [string, string])[] = [
    ...more,
    ['credential', id],
    ['ends', time(endsAt)],
    ...(secret === undefined ? [] : [['secret', secret] as const]),
    ...(file === undefined ? [] : [['private key', file] as const]),
  ]
  const after =
    secret === undefined
      ? file === undefined
        ? []
        : [
            '',
            `${file} is readable by you alone; the gateway has the public half. There is no copy.`,
          ]
      : ['', 'The secret is not shown again.']
  return [facts(shown), ...after].join('\n')
}
