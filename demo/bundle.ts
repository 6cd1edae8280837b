/** The gateway's code in one module, as a deployment bundles it, with the demo's meter around its bindings. */
import { build, type BuildOptions } from 'esbuild'

/** One module, as a deployment bundles it. */
export async function oneModule(of: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...of,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    logLevel: 'warning',
  })
  const [output] = outputFiles ?? []
  if (output === undefined) throw new Error('Cannot bundle the worker: nothing came out')
  return output.text
}

/**
 * @param namespaces the class of objects behind each binding that leads to one.
 */
export function bundleMetered(
  root: string,
  namespaces: Readonly<Record<string, string>>,
): Promise<string> {
  const stdin = { contents: entry(namespaces), resolveDir: root, sourcefile: 'metered-entry.js' }
  return oneModule({ stdin })
}

/** Whatever the product exports, its worker and its objects replaced by ones that count. */
function entry(namespaces: Readonly<Record<string, string>>): string {
  const classes = [...new Set(Object.values(namespaces))]
  return `
    import * as product from './src/index.ts'
    import { meteredObject } from './demo/metered/object.ts'
    import { meteredWorker } from './demo/metered/worker.ts'
    const namespaces = ${JSON.stringify(namespaces)}
    export * from './src/index.ts'
    export { Meter } from './demo/metered/worker.ts'
    export default meteredWorker(product.default, namespaces)
    ${classes.map((name) => `export const ${name} = meteredObject('${name}', product.${name}, namespaces)`).join('\n')}
  `
}
