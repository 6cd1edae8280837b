/** What a sink answered, read as far as it can be believed: it is somebody else's text. */

/** A member of the object that a text is, or `undefined`. */
export function readMember(text: string, name: string): unknown {
  const value = readJson(text)
  return memberOf(value, name)
}

export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
