import type { Anchor } from '../../src/modules/insight/audit/chain.queries.ts'
import { checkAnchors, verifyAllChains } from '../../src/modules/insight/audit/chain.service.ts'
import type { App } from '../../src/platform/app-context.ts'
import { type Choice, settleRestored } from '../../src/start/settle-restored.ts'

/** Prints a line of the report of a restore. */
export const reportRow = (what: string, value: number | string, note = ''): void =>
  console.log(`${what.padEnd(38)} ${value}${note === '' ? '' : `  (${note})`}`)

/** Prints what an operator has to look at. The exit code is 1 then. */
export const warn = (line: string): void => {
  console.error(line)
  process.exitCode = 1
}

/** Verifies the chain of each tenant, and the heads that were noted when the backup was made. */
const verify = async (app: App, heads: Anchor[]): Promise<void> => {
  let verified = 0
  for await (const { tenant, break: found } of verifyAllChains(app)) {
    if (found === null) verified += 1
    else warn(`${tenant}: the chain breaks at position ${found.position}: ${found.reason}`)
  }
  for (const { tenant, position } of await checkAnchors(app, heads))
    warn(`${tenant}: the event at position ${position} is missing, or has another hash than when the backup was made`)
  reportRow('audit chains that are whole', verified)
}

/**
 * Settles a restored database, verifies its audit chains, and prints both. `heads`: what the backup noted of the
 * chains.
 */
export const settleAndReport = async (app: App, choice: Choice, heads: Anchor[] = []): Promise<void> => {
  const { epoch, isAtWork, mails, deliveries } = await settleRestored(app, choice)
  reportRow('the new epoch of the log', epoch)
  if (choice.mailLog !== null) reportRow('mails that the log of the server names', mails.sent, 'marked as sent')
  reportRow('mails that are held', mails.held)
  reportRow('deliveries that are held', deliveries.held)
  reportRow('mails that were released', mails.released, 'sent by the program')
  reportRow('deliveries that were released', deliveries.released, 'sent by the program')
  if (isAtWork) console.log('A worker is at work on this database, so nothing more was held: what waits now is sent.')
  if (mails.held + deliveries.held > 0)
    console.log('To decide what is held: npm run after-restore -- --mail-log <file>, or --send-waiting.')
  await verify(app, heads)
}
