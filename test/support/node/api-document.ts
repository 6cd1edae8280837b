/** The API document as tests read it. */
import type { Schema } from './json-schema.ts'
import { ask } from './person.ts'

export interface Described {
  readonly operationId?: string
  readonly security: readonly object[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, Answered>>
}
export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly schema: Schema
}
interface Answered {
  readonly content?: Content
  readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>

export interface ApiDocument {
  /** By method and path. */
  readonly described: ReadonlyMap<string, Described>
  readonly schemas: Readonly<Record<string, Schema>>
}

export async function readDocument(base: string): Promise<ApiDocument> {
  const { json } = await ask(base, 'GET', '/gw/v1/openapi.json')
  if (!String(json.openapi).startsWith('3.1.')) throw new Error('This is no OpenAPI 3.1')
  const paths: Readonly<Record<string, Readonly<Record<string, Described>>>> = json.paths
  const described = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, one]) => [`${method.toUpperCase()} ${path}`, one] as const,
      ),
    ),
  )
  return { described, schemas: json.components.schemas }
}

/** A route as somebody might call it. */
export function plain(route: string): { method: string; path: string } {
  const [method = '', path = ''] = route.split(' ')
  return { method, path: path.replaceAll(/\{\w+\}/g, 'x') }
}
