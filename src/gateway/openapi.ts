/** `GET /gw/v1/openapi.json`: the gateway's own API, as far as it is there. The broker's is the broker's to describe. */
import { REFUSALS } from '../refusal.ts'

const PROBLEM = {
  description: 'A refusal (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

function read(
  summary: string,
  properties: Readonly<Record<string, object>>,
  security: readonly object[] = [],
) {
  return {
    get: {
      summary,
      security,
      responses: {
        '200': {
          description: 'The answer',
          content: {
            'application/json': {
              schema: { type: 'object', properties, required: Object.keys(properties) },
            },
          },
        },
        default: PROBLEM,
      },
    },
  }
}

const TEXT = { type: 'string' }
const WHOLE = { type: 'integer' }
const SIGNED = [{ compact: [] }, { rfc9421: [] }, { binance: [] }]

/** OpenAPI 3.1. Every path here answers, and every path that answers is here; a test holds both. */
export const OPENAPI = {
  openapi: '3.1.0',
  info: { title: 'Portcullis', version: '1', description: 'The gateway’s own API.' },
  paths: {
    '/gw/v1/time': read('The gateway’s clock', { epochMs: WHOLE }),
    '/gw/v1/health': read('Whether it is up, and how this connection is protected', {
      status: { const: 'ok' },
      tls: { type: 'object' },
    }),
    '/gw/v1/openapi.json': read('This document', {
      openapi: TEXT,
      info: { type: 'object' },
      paths: { type: 'object' },
    }),
    '/.well-known/jwks.json': read('The key that signs Portcullis-Assertion', {
      keys: { type: 'array' },
    }),
    '/gw/v1/keys/self': read(
      'What the calling key may do and what is left of its limits',
      {
        keyId: TEXT,
        credential: TEXT,
        account: TEXT,
        tier: TEXT,
        permissions: { type: 'array', items: TEXT },
        limits: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: TEXT, limit: WHOLE, windowSeconds: WHOLE, remaining: WHOLE },
          },
        },
        level: TEXT,
        lastUsed: { type: ['string', 'null'], format: 'date-time' },
      },
      SIGNED,
    ),
  },
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
    },
  },
} as const
