/** What the gateway's own calls reach of pre-trade risk. Every call may fail: then nothing is known of what it did. */
import type { Provenance } from '../audit/provenance.ts'
import type { Result } from '../lib/result.ts'
import type { Refusal } from '../refusal.ts'
import type { AccountEdit } from '../risk/account-edit.ts'
import type { AccountView } from '../risk/account-view.ts'
import type { Told } from '../risk/feed.ts'
import type { FirmEdit, FirmView } from '../risk/firm-edit.ts'
import type { ToldCopy } from '../risk/firm-copy.ts'

export interface RiskPort {
  describe(account: string): Promise<AccountView>
  edit(account: string, edit: AccountEdit, by: Provenance): Promise<Result<AccountView, Refusal>>
  tell(account: string, told: Told, by: Provenance): Promise<void>
  describeFirm(): Promise<FirmView>
  editFirm(edit: FirmEdit, by: Provenance): Promise<Result<FirmView, Refusal>>
  tellPrices(prices: ToldCopy['prices']): Promise<void>
}
