/** What the schemas that OCSF publishes have against an event. They lie beside the repository, and are in none. */
import fs from 'node:fs'
import path from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { OcsfEvent } from '../../../src/siem/event.ts'

export const OCSF_SCHEMAS = path.resolve(import.meta.dirname, '../../../../shared/data/ocsf')

const NAMES = {
  2004: 'detection_finding',
  2005: 'incident_finding',
  3002: 'authentication',
  3003: 'authorize_session',
  3004: 'entity_management',
  6003: 'api_activity',
} as const satisfies Record<OcsfEvent['class_uid'], string>
export type ClassUid = keyof typeof NAMES

const validators = new Map<ClassUid, ValidateFunction>()

function validatorOf(classUid: ClassUid): ValidateFunction {
  const known = validators.get(classUid)
  if (known !== undefined) return known
  // The schemas say more than draft-07 asks for, such as captions: not errors.
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats(ajv)
  const file = path.join(OCSF_SCHEMAS, `${NAMES[classUid]}.schema.json`)
  const made = ajv.compile(JSON.parse(fs.readFileSync(file, 'utf8')))
  validators.set(classUid, made)
  return made
}

/** What the schema of its class has against an event. */
export function problemsOf(
  event: Readonly<Record<string, unknown>>,
  classUid: ClassUid,
): readonly string[] {
  const validate = validatorOf(classUid)
  if (validate(event)) return []
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`)
}

/** The same of an event that says its class itself. */
export function problemsOfAny(event: Readonly<Record<string, unknown>>): readonly string[] {
  const classUid = CLASS_UIDS.find((uid) => uid === event['class_uid'])
  return classUid === undefined ? ['no class that we know'] : problemsOf(event, classUid)
}

const CLASS_UIDS = [2004, 2005, 3002, 3003, 3004, 6003] as const satisfies readonly ClassUid[]
