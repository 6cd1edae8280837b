/** A worker on workerd, on a core of its own, reached by workerd's direct socket: nothing of miniflare stands before it. */
import fs from 'node:fs'
import path from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { Plugin } from 'esbuild'
import { oneModule } from '../demo/bundle.ts'
import { originService, writeLauncher } from '../demo/runtime.ts'
import type { Running, World } from './contender.ts'
import { ON_ITS_CORE } from './machine.ts'

export interface WorkerdRunning extends Running {
  /** When its process began, in milliseconds since 1970. */
  readonly startedMs: number
  /** Of a further entrypoint, by its name. */
  readonly entrypoints: Readonly<Record<string, URL>>
  /** Of V8's inspector, when it was asked for. */
  inspector(): Promise<URL>
}

/** @param settings what a deployment would say in its wrangler file. */
export async function startWorkerd(
  world: World,
  name: string,
  script: string,
  settings: Readonly<Record<string, unknown>>,
  {
    entrypoints = [],
    inspect = false,
  }: { entrypoints?: readonly string[]; inspect?: boolean } = {},
): Promise<WorkerdRunning> {
  const state = path.join(world.folder, name)
  fs.mkdirSync(state, { recursive: true })
  const pidFile = path.join(state, 'workerd.pid')
  // Lines of the console go nowhere: reading them would cost the client's core. Writing them is in what is measured.
  process.env['MINIFLARE_WORKERD_PATH'] = writeLauncher(state, pidFile, ON_ITS_CORE, '>/dev/null')
  const originUrl = `https://127.0.0.1:${world.originPort}`
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      resourcePersistencePath: path.join(state, 'state'),
      ...(inspect ? { inspectorPort: 0 } : {}),
      workers: [
        {
          name,
          compatibilityDate: '2026-10-01',
          ...settings,
          modules: [{ type: 'ESModule', path: 'index.js', contents: script }],
          serviceBindings: { ORIGIN: originService({ originUrl, pki: world.pki }) },
          unsafeDirectSockets: [
            { host: '127.0.0.1', port: 0 },
            ...entrypoints.map((entrypoint) => ({ host: '127.0.0.1', port: 0, entrypoint })),
          ],
        },
      ],
    }),
    telemetry: { enabled: false },
  })
  const url = await miniflare.unsafeGetDirectURL()
  const named: [string, URL][] = []
  for (const entrypoint of entrypoints) {
    named.push([entrypoint, await miniflare.unsafeGetDirectURL(undefined, entrypoint)])
  }
  return {
    port: Number(url.port),
    pids: [Number(fs.readFileSync(pidFile, 'utf8'))],
    startedMs: fs.statSync(pidFile).mtimeMs,
    entrypoints: Object.fromEntries(named),
    inspector: () => miniflare.getInspectorURL(),
    stop: () => miniflare.dispose(),
  }
}

/**
 * One module, as a deployment bundles it.
 *
 * @param replaced modules for which others stand in, by their paths from the root; who stands in still gets the original.
 */
export function bundled(
  world: Pick<World, 'root'>,
  file: string,
  replaced: Readonly<Record<string, string>> = {},
  minify = false,
): Promise<string> {
  const entryPoints = [path.join(world.root, file)]
  return oneModule({ entryPoints, minify, plugins: [standIns(world.root, replaced)] })
}

function standIns(root: string, replaced: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'stand-ins',
    setup(building) {
      building.onResolve({ filter: /^\.{1,2}\// }, ({ path: asked, resolveDir, importer }) => {
        const standIn = replaced[path.relative(root, path.join(resolveDir, asked))]
        if (standIn === undefined) return undefined
        const file = path.join(root, standIn)
        return importer === file ? undefined : { path: file }
      })
    },
  }
}
