/** One page that fetches nothing and runs nothing: what every readable report is set in. */
import { html, type Html } from './html.ts'
import { REPORT_STYLE } from './report-style.ts'

export function pageText(title: string, body: Html): string {
  return `<!doctype html>\n${
    html`<html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <style>
          ${REPORT_STYLE}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`.text
  }\n`
}
