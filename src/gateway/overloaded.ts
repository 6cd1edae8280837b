/** Whether an object said that it is overloaded: then it must not be asked again. */
export function isOverloaded(error: unknown): boolean {
  return error instanceof Error && 'overloaded' in error && error.overloaded === true
}
