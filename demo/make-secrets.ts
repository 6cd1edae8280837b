/** `npm run secrets`: fresh values for a deployment's Workers secrets, one a line, to be piped and not kept. */
import { newSecrets } from './secrets.ts'

for (const [name, value] of Object.entries(newSecrets())) {
  if (name !== 'edgeToken') process.stdout.write(`${name}=${value}\n`)
}
