/** `npm run secrets`: fresh values for a deployment's Workers secrets, as `wrangler` takes them: one JSON document. */
import { newSecrets } from './secrets.ts'

const { edgeToken: _demoOnly, ...secrets } = newSecrets()
process.stdout.write(`${JSON.stringify(secrets, null, 2)}\n`)
