import { settleMailsByLog } from '../modules/channels/outgoing-mail/outgoing-mail.service.ts'
import { followersOf } from '../modules.ts'
import type { App } from '../platform/app-context.ts'
import { beginRestoredEpoch } from '../platform/events/log-epoch.ts'

export const settleRestored = async (app: App, { mailLog }: { mailLog: string | null; sendsWaiting: boolean }) => {
  const epoch = await beginRestoredEpoch(app.pool)
  return { epoch, ...(await settleMailsByLog(app, mailLog ?? '', followersOf(app))) }
}
