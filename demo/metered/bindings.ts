/** Bindings that count the calls made on them and otherwise are what they were. */
import type { CallCounter } from './tally.ts'

/** What a namespace answers with a stub: the call is what is made on the stub, not this. */
const STUB_MAKERS: readonly unknown[] = ['get', 'getByName']

/**
 * The environment with each binding counted.
 *
 * @param namespaces the class of objects behind each binding that leads to one.
 */
export function meteredEnv(
  env: Env,
  namespaces: Readonly<Record<string, string>>,
  counter: CallCounter,
): Env & Record<string, unknown> {
  const metered: Record<string, unknown> = {}
  for (const [name, binding] of Object.entries(env)) {
    if (typeof binding !== 'object' || binding === null) continue
    const count = (method: string) => counter.count(name, method)
    metered[name] = Object.hasOwn(namespaces, name)
      ? meteredNamespace(binding, count)
      : meteredCalls(binding, count)
  }
  return { ...env, ...metered }
}

function meteredNamespace(namespace: object, count: (method: string) => void): object {
  return intercepted(namespace, (name, call) => {
    const made: unknown = call()
    if (typeof made !== 'object' || made === null) return made
    if (name === 'jurisdiction') return meteredNamespace(made, count)
    return STUB_MAKERS.includes(name) ? meteredCalls(made, count) : made
  })
}

function meteredCalls(target: object, count: (method: string) => void): object {
  return intercepted(target, (name, call) => {
    if (typeof name === 'string') count(name)
    return call()
  })
}

/** Methods are called on the target itself: the platform's objects know no other `this`. */
function intercepted(
  target: object,
  around: (name: string | symbol, call: () => unknown) => unknown,
): object {
  return new Proxy(target, {
    get(of, name): unknown {
      const member: unknown = Reflect.get(of, name)
      if (typeof member !== 'function') return member
      // Never `member.apply`: on a stub that would be a property of the remote object.
      return (...args: unknown[]): unknown => around(name, () => Reflect.apply(member, of, args))
    },
  })
}
