/**
 * `GET /gw/v1/openapi.json`: the gateway's own API, made from the rows by which it is routed and the schemas by which
 * it is validated. The broker's is the broker's to describe.
 */
import { toJsonSchema } from '@valibot/to-json-schema'
import type { OwnOperation } from '../admin/operation.ts'
import { ETAG, HEADERS } from '../admin/parameters.ts'
import { OWN } from '../admin/table.ts'
import { REFUSALS } from '../refusal.ts'

const TEXT = { type: 'string' }
const TEXTS = { type: 'array', items: TEXT }
const WHOLE = { type: 'integer' }

const PROBLEM = {
  description: 'A refusal (RFC 9457)',
  headers: {
    'Retry-After': {
      description: 'Where the same call may succeed later: whole seconds',
      schema: { type: 'integer', minimum: 1 },
    },
    'DPoP-Nonce': { description: 'What the next proof has to name (RFC 9449)', schema: TEXT },
  },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

const SIGNED = [{ compact: [] }, { rfc9421: [] }]
const READS = [...SIGNED, { binance: [] }]
const SESSION = [{ bearer: [] }, { dpop: [] }]

function security({ by, kind }: OwnOperation): readonly object[] {
  if (by === 'body') return []
  if (by === 'session') return SESSION
  const signed = kind === 'read' ? READS : SIGNED
  return by === 'signature' ? signed : [...signed, ...SESSION]
}

type Schema = NonNullable<OwnOperation['takes']>

function schemaOf(schema: Schema): object {
  // What a schema checks beyond what JSON Schema can say is said by the refusal.
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, {
    errorMode: 'ignore',
    typeMode: 'input',
  })
  return rest
}

function jsonOf(schema: Schema): Readonly<Record<string, object>> {
  return { 'application/json': { schema: schemaOf(schema) } }
}

function bodyOf(takes: Schema, form: boolean): object {
  const content = jsonOf(takes)
  if (!form) return { required: true, content }
  const { 'application/json': same } = content
  return { required: true, content: { ...content, 'application/x-www-form-urlencoded': same } }
}

const REVISION = { type: 'string', pattern: ETAG.source }
const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  description: 'The ETag of what is changed, as it was read',
  required: true,
  schema: REVISION,
}
const PC_OTP = {
  name: 'PC-OTP',
  in: 'header',
  description:
    'A one-time password that the signature covers: judged wherever it is sent. A session cannot carry one.',
  required: false,
  schema: TEXT,
}

/** What a call takes beside its body. */
function parametersOf({ route, query, headers, conditional, by }: OwnOperation): readonly object[] {
  const ids = Array.from(route.matchAll(/\{([A-Za-z]+)\}/g), ([, name]) => name)
  return [
    ...ids.map((name) => ({ name, in: 'path', required: true, schema: TEXT })),
    ...Object.entries(query?.entries ?? {}).map(([name, { wrapped }]) => ({
      name,
      in: 'query',
      required: false,
      schema: schemaOf(wrapped),
    })),
    ...(conditional ? [IF_MATCH] : []),
    ...headers.map((name) => {
      const { description, schema } = HEADERS[name]
      return { name, in: 'header', description, required: false, schema: schemaOf(schema) }
    }),
    ...(by === 'signature' || by === 'either' ? [PC_OTP] : []),
  ]
}

function described(operation: OwnOperation): object {
  const { id, summary, right, takes, gives, status, form, revised } = operation
  const parameters = parametersOf(operation)
  return {
    operationId: id,
    summary,
    security: security(operation),
    ...(right === undefined ? {} : { 'x-right': right }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(takes === undefined ? {} : { requestBody: bodyOf(takes, form) }),
    responses: {
      [String(status)]: {
        description: status === 204 ? 'Done' : 'The answer',
        ...(revised ? { headers: { ETag: { schema: REVISION } } } : {}),
        ...(gives === undefined ? {} : { content: jsonOf(gives) }),
      },
      default: PROBLEM,
    },
  }
}

/** What anybody may read. */
function open(summary: string, properties: Readonly<Record<string, object>>): object {
  const schema = { type: 'object', properties, required: Object.keys(properties) }
  const answer = { description: 'The answer', content: { 'application/json': { schema } } }
  return { get: { summary, security: [], responses: { '200': answer, default: PROBLEM } } }
}

const OPEN = {
  '/gw/v1/time': open('The gateway’s clock', { epochMs: WHOLE }),
  '/gw/v1/health': open('Whether it is up, and how this connection is protected', {
    status: { const: 'ok' },
    tls: { type: 'object' },
  }),
  '/gw/v1/openapi.json': open('This document', {
    openapi: TEXT,
    info: { type: 'object' },
    paths: { type: 'object' },
    components: { type: 'object' },
  }),
  '/.well-known/jwks.json': open('The keys that sign Portcullis-Assertion and sessions', {
    keys: { type: 'array' },
  }),
  '/.well-known/oauth-authorization-server': open('Where sessions go on (RFC 8414)', {
    issuer: TEXT,
    token_endpoint: TEXT,
    jwks_uri: TEXT,
    grant_types_supported: TEXTS,
    response_types_supported: TEXTS,
    token_endpoint_auth_methods_supported: TEXTS,
    dpop_signing_alg_values_supported: TEXTS,
  }),
}

function ownPaths(): Readonly<Record<string, object>> {
  const paths = new Map<string, Record<string, object>>()
  for (const { operation } of OWN) {
    const [method = '', path = ''] = operation.route.split(' ')
    paths.set(path, { ...paths.get(path), [method.toLowerCase()]: described(operation) })
  }
  return Object.fromEntries(paths)
}

/** OpenAPI 3.1. Every path here answers, and every path that answers is here; a test holds both. */
export function openapi() {
  return {
    openapi: '3.1.0',
    info: { title: 'Portcullis', version: '1', description: 'The gateway’s own API.' },
    paths: { ...OPEN, ...ownPaths() },
    components: {
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'code', 'requestId'],
          properties: {
            type: { type: 'string', pattern: '^urn:portcullis:problem:' },
            title: TEXT,
            status: WHOLE,
            // A venue's own number stands in its place for that venue's clients.
            code: { anyOf: [{ enum: Object.keys(REFUSALS) }, WHOLE] },
            requestId: TEXT,
            detail: TEXT,
          },
        },
      },
      securitySchemes: {
        compact: { type: 'apiKey', in: 'header', name: 'PC-Signature' },
        rfc9421: { type: 'apiKey', in: 'header', name: 'Signature' },
        binance: { type: 'apiKey', in: 'header', name: 'X-MBX-APIKEY' },
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        dpop: { type: 'http', scheme: 'dpop' },
      },
    },
  }
}
