import type { ProblemWords } from './problem-translation.svelte.ts'

/**
 * English: only where the API's own sentence would not help a person who never saw the API. All other problems say what
 * the API says. What is wrong with a field has a sentence of its own, because the API names its members.
 */
export const problemWords: ProblemWords = {
  sentences: {
    offline: 'The helpdesk cannot be reached. What you typed stays here; try again in a moment.',
    broken_answer: 'Something between here and the helpdesk answered in its place. Try again in a moment.',
    waited_long: 'It waited longer than a day, so look at it before it goes.',
    unknown: 'Something went wrong here. Try again in a moment.',
    second_factor_enrolment_required:
      'This desk wants a second factor of everybody who works at it. Set yours up; until then nothing else works.',
    second_factor_missing: 'You have no second factor. Set it up in your account, under Security.',
    email_not_confirmed:
      'Confirm your e-mail address first: follow the link in the mail that welcomed you, or have another one sent from your profile.',
    other_tenant: 'The request names another helpdesk than its address. Load the page again and try once more.',
    tenant_suspended: 'This helpdesk is suspended. Nobody can sign in here at the moment.',
    version_required: 'Load the page again and try once more.',
    ticket_closed: 'This ticket is closed. Raise a new one that follows it.',
    not_invited: 'This account is not invited. Whoever has forgotten the password asks for a new one at the sign-in.',
    invalid_credentials: 'That name and password do not match.',
    unavailable: 'The helpdesk cannot work right now. Try again in a moment.',
    internal: 'Something went wrong here. Try again; if it stays so, tell the people who run this desk.',
    rate_limited: 'That was too often in a short time. Wait a moment, then try again.',
    too_many_at_once: 'The helpdesk is busy with what you asked before. Try again in a moment.',
    request_in_progress: 'What you sent is being done already.',
    already_resolved: 'Somebody has resolved this ticket meanwhile, with another summary. Read it first.',
    stale_version: 'Somebody has changed this since you read it.',
    request_too_slow: 'The connection was too slow. Try again.',
    attachment_unavailable:
      'A file of this message is not kept any more. Change the message, and choose the file again.',
    storage_unavailable: 'Files cannot be kept right now. Try again in a moment.',
  },
  warnings: {
    address_not_confirmed: 'Your address is not confirmed, so only a few mails a day come there.',
    subject_splits_thread: 'Mail programs may not show the mails of a ticket together, because of this subject.',
    own_second_factor_missing: 'You have no second factor yourself. Set it up now.',
    category_without_technicians: 'No technician works on this category, so an admin has to assign the ticket.',
    draft_kept: 'What you have begun to write stays, so the text that was taken back is only in the history.',
  },
  fields: {
    missing: 'Fill this in.',
    too_small: 'That is too little (at least #).',
    too_big: 'That is too much (at most #).',
    invalid_type: 'That has not the form that is needed here.',
    invalid_format: 'That has not the form that is needed here.',
    invalid_value: 'There is no such value here.',
    weak_password: 'This password is guessed too easily.',
    common_password: 'This is one of the most common passwords.',
    repeated: 'That stands here twice.',
    template_syntax: 'Something is wrong with the braces in line #.',
    unknown_variable: 'There is no such variable (line #).',
    condition_shown: 'This variable is for conditions only (line #).',
    block_misplaced: 'This variable needs a line of its own in the text (line #).',
    variable_needed: 'A variable is missing without which the mail is of no use.',
    other_template: 'This is another kind of mail.',
    text_removed: 'The text of this mail was removed.',
    unknown_member: 'That does not belong here.',
    not_together: 'That does not go together with something else.',
    reversed: 'The end is before the beginning.',
    not_yours: 'You may not choose this here.',
    past: 'That is in the past.',
    too_late: 'That is too far in the future.',
    url_refused:
      'Webhooks may not call this address. It begins with https://, is public, and has a port that is allowed (#).',
    too_far: 'This goes back too far.',
    scope_beyond_role: 'This role may not do that.',
    mention_unavailable: 'This person cannot be mentioned here.',
    technician_unavailable: 'This technician cannot take the ticket.',
    attachment_unavailable: 'This file cannot be used here.',
    read_only: 'That cannot be changed.',
    never_posted: 'No webhook is told of this event. Choose another one.',
    too_light: 'This colour is too light: white text on it is hard to read.',
    foreign_domain: 'Mails from here may not come from this domain (only from: …).',
    names_account: 'A name cannot have the number of an account in it, such as TEC0001.',
  },
}
