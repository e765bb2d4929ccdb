import { AppError } from '../../../platform/errors.ts'

/**
 * Refuses what would outlive a reset of the password, while nobody has confirmed the address: whoever registered it may
 * not be its owner.
 * @throws AppError `email_not_confirmed`.
 */
export const refuseUnconfirmed = ({ is_unconfirmed: isUnconfirmed }: { is_unconfirmed: boolean }): void => {
  if (!isUnconfirmed) return
  throw new AppError('email_not_confirmed', {
    detail: 'Follow the link in the mail that welcomed you. POST /me/email with your present address mails another.',
  })
}
