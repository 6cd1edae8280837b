/** `audit verify`: whether an export is whole and unchanged. Asks nobody, needs no network. */
import { verifyExport } from '../../audit/verify.ts'
import { exportFolder } from '../audit/folder.ts'
import { Progress } from '../audit/progress.ts'
import { TRUST_OPTIONS, TRUST_SYNOPSIS, verifyOptions } from '../audit/trust-options.ts'
import { verificationText } from '../audit/verification-text.ts'
import { expectWords, readWords, say, type Command } from '../command.ts'

export const verify: Command = {
  synopsis: `EXPORT ${TRUST_SYNOPSIS} [--json]`,
  summary: 'Check offline that an export is the history that the log signed, whole and unchanged.',

  async run(words) {
    const { options, positionals } = readWords(words, TRUST_OPTIONS)
    const [folder = ''] = expectWords(positionals, ['the EXPORT'])
    const source = exportFolder(folder)
    const progress = new Progress('leaves')
    const verification = await verifyExport(source, {
      ...(await verifyOptions(options, source)),
      onProgress: (done, size) => {
        progress.show(done, size)
      },
    })
    progress.end()
    say(options.json, verification, verificationText(verification))
    return verification.ok ? 0 : 1
  },
}
