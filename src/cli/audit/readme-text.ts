/** The text that lies beside an export: what is what, and how to check it. */
import type { About } from './report-page.ts'

export function readmeText(
  { gateway, exportedAt, from, to, command }: About,
  log: { readonly origin: string; readonly size: number } | undefined,
  verdict: string,
): string {
  return `An export of the audit log ${log?.origin ?? ''}, made ${exportedAt} from ${gateway}.
It has the log's ${log?.size ?? 0} leaves, and the records of leaves ${from} to ${Math.max(from, to - 1)}.

When it was made: ${verdict}

  checkpoint        the log's signed word for what it holds (C2SP tlog-checkpoint, signed-note)
  checkpoints/      older ones: the log has only grown since each
  tile/             entries and hashes (C2SP tlog-tiles v0.1.0)
  records/          one line for each record: the leaf it belongs to, its salt, its text; or that it was shredded
  trust             whom the gateway says to trust (C2SP tlog-policy). Bring your own.
  manifest.json     what was asked for. Nothing is trusted because of it.
  report.html       all of it to read

Verify it again, offline, with the key that you were given in another way in place of KEY:

  ${command}

With other tools: checkpoint and tile/ are read by whatever reads C2SP logs. A leaf is a line of canonical JSON (RFC 8785)
in tile/entries/; its member "commit" is base64url of
  SHA-256("portcullis-record/v1" || 0x00 || salt || text of the record, UTF-8)
where salt is 16 octets, base64url in records/. So a record can be checked with any SHA-256.
`
}
