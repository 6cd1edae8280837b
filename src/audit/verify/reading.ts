/** Where an export is read from: a folder, an archive, a test's memory. Names are those of `docs/audit.md`. */

export interface ReadExport {
  /** The octets of the file with this name, or `undefined` where there is none. */
  read(name: string): Promise<Uint8Array | undefined>
  /** The names of the files in a folder, without the folder, ascending; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>
  /** The lines of a file, without their ends. */
  lines(name: string): AsyncIterable<string>
}

/** UTF-8 as it must be, or `undefined`. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
