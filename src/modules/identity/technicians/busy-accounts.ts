import { AppError } from '../../../platform/errors.ts'

/**
 * Another transaction has locked the account of a technician, and this transaction must not wait for the account,
 * because it has locked a ticket. Accounts are locked before tickets everywhere, so that no two transactions wait for
 * each other. When nothing tries again, the caller gets `unavailable`.
 */
export class AccountBusy extends AppError {
  readonly accountId: string

  constructor(accountId: string) {
    super('unavailable')
    this.accountId = accountId
  }
}

/** How many accounts a transaction may meet that are busy. */
const attemptsAtMost = 5

/**
 * Runs a transaction, and runs it again when an account in it is busy. `first` are the accounts that the transaction
 * has to lock before all else: those that were busy before.
 * @throws AppError `unavailable` when accounts are busy again and again; what `work` throws.
 */
export const retryingBusyAccounts = async <T>(work: (first: string[]) => Promise<T>): Promise<T> => {
  const first: string[] = []
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(first)
    } catch (error) {
      if (!(error instanceof AccountBusy) || attempt === attemptsAtMost) throw error
      first.push(error.accountId)
    }
  }
}
