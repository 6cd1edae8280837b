/** The console's lines, which Logpush ships: events of OCSF, each complete in itself. The only place that prints. */
import type { OutcomeRecord } from '../audit/record.ts'
import type { Signal } from '../control/signal.ts'
import type { Product } from '../siem/event.ts'
import type { Fault } from '../siem/finding.ts'
import { ocsfFault, ocsfLine, ocsfSignal } from '../siem/ocsf.ts'

export class Console {
  readonly #product: Product

  constructor(product: Product) {
    this.#product = product
  }

  record(record: OutcomeRecord): void {
    print(ocsfLine(record, this.#product))
  }

  signal(signal: Signal): void {
    for (const event of ocsfSignal(signal, this.#product)) print(JSON.stringify(event))
  }

  fault(fault: Omit<Fault, 'uid'>): void {
    const uid = `fault:${crypto.randomUUID()}`
    print(JSON.stringify(ocsfFault({ ...fault, uid }, this.#product)))
  }
}

function print(line: string): void {
  // oxlint-disable-next-line no-console -- this line is the product: Logpush ships what is printed here
  console.log(line)
}
