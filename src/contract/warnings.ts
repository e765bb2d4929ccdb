import { z } from 'zod'

/**
 * What may be odd about a request that succeeded:
 * - `customer_deactivated`: the customer of the ticket is deactivated, so nobody is told
 * - `technician_unavailable`: the technician who got the ticket has said that they are away, or has never signed in
 * - `technician_of_other_category`: the technician who got the ticket is of another category
 * - `category_without_technicians`: no active technician works on the category of the ticket
 * - `stays_reopened`: a ticket that a merge reopened stays open when the merge is undone
 * - `parent_closed`: undoing a merge left an open ticket below a closed parent
 * - `mails_stay_sent`: mails that told of a merge cannot be called back when the merge is undone
 * - `links_not_restored`: links of a restored ticket that could not come back
 * - `no_registration_domains`: only addresses of listed domains may register, and no domain is listed
 * - `sender_without_server`: mails have a sender of their own, and there is no mail server
 * - `mention_unavailable`: an internal comment names somebody who cannot be mentioned
 * - `draft_kept`: the text of an undone comment did not become a draft, because its author has begun another one
 * - `mention_untold`: an internal comment mentions somebody who wants to be told nothing of that
 * - `address_not_confirmed`: nobody has confirmed the address, so mails beyond a few a day do not come
 * - `subject_splits_thread`: mail programs may show the mails of a ticket as several threads, because of a subject
 * - `own_second_factor_missing`: the admin who asked the staff for a second factor has none, and needs it to go on
 */
const WarningCode = z
  .enum([
    'customer_deactivated',
    'technician_unavailable',
    'technician_of_other_category',
    'category_without_technicians',
    'stays_reopened',
    'parent_closed',
    'mails_stay_sent',
    'links_not_restored',
    'no_registration_domains',
    'sender_without_server',
    'mention_unavailable',
    'draft_kept',
    'mention_untold',
    'address_not_confirmed',
    'own_second_factor_missing',
    'subject_splits_thread',
  ])
  .meta({ id: 'WarningCode', description: 'What is odd. More codes may come.' })

/** Something odd about a request that succeeded: a code for programs, and a sentence for people. */
export const Warning = z.object({ code: WarningCode, detail: z.string() }).meta({ id: 'Warning' })
export type Warning = z.output<typeof Warning>

/** The member of an answer that names what is odd. The answer has the member only when something is odd. */
export const Warnings = z.array(Warning).min(1).optional()

/** The answer with its warnings, or as it is when there are none. */
export const withWarnings = <T extends object>(answer: T, warnings: Warning[]): T & { warnings?: Warning[] } =>
  warnings.length === 0 ? answer : { ...answer, warnings }
