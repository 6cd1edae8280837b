/** QR codes for a terminal: an enrolment URI is scanned from the screen, not copied. */
import { renderUnicodeCompact } from 'uqr'

/** What ISO/IEC 18004 asks for around a symbol, in modules. */
const QUIET_ZONE = 4

/**
 * A text as a QR code of half blocks, two modules above each other in one character. Light modules are drawn, dark
 * ones left blank, for terminals with a dark background.
 */
export function qrText(uri: string): string {
  return renderUnicodeCompact(uri, { border: QUIET_ZONE })
}
