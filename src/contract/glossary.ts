/** What a member or a parameter of the API means, and an example of its value. */
export type Meaning = [means: string, example?: unknown]

const uuid = '0b6a3c9e-4d4f-4f0e-9d55-6a3f6c1f2b7d'

/**
 * What the members and parameters of the API mean, by name: one word has one meaning everywhere. A schema that says more
 * has a description of its own. Where a word means something else, its entry is `<schema>.<member>`. A test holds that
 * the API document explains every member. The examples are those of the demo desk.
 */
export const glossary: Record<string, Meaning> = {
  // Who.
  id: ['The id of the account: the number of a customer or technician, the sign-in name of an admin.', 'CUS0001'],
  account_id: ['The id of the account: CUS0001, TEC0001, or the sign-in name of an admin.', 'TEC0001'],
  user_id_or_email: ['The sign-in name, the number, or the email address of the account.', 'dana'],
  'SignInWithCookie.email': ['The email address, the sign-in name, or the number of the account.', 'dana'],
  name: ['The name of the person.', 'Hannah Reed'],
  email: ['The email address of the account.', 'hannah.reed@harbour.example.com'],
  password: ['The password of the account.', 'seven quiet rivers'],
  current_password: ['The password of the account until now.', 'six quiet rivers'],
  phone_number: ['The telephone number.', '+44 117 496 0101'],
  tenant: ['The slug of the tenant.', 'default'],
  user: ['Who is signed in.'],
  currentUser: ['Who is signed in; null for nobody.'],
  customer: ['The customer who was registered.'],
  customers: ['The customers of this page.'],
  people: ['The people of this page.'],
  technicians: ['The technicians of this page.'],
  categories: ['The categories of this page.'],
  customer_id: ['The number of the customer.', 'CUS0001'],
  technician_id: ['The number of the technician.', 'TEC0001'],
  'ListedTicket.technician_id': ['The technician who has the ticket; null for nobody.', 'TEC0001'],
  'Ticket.technician_id': ['The technician who has the ticket; null for nobody.', 'TEC0001'],
  'UpdateTicket.technician_id': ['The technician who gets the ticket; null for nobody.', 'TEC0001'],
  customer_name: ['The name of the customer.', 'Hannah Reed'],
  technician_name: ['The name of the technician; null for nobody.', 'Noor Haddad'],
  author_name: ['The name of the author.', 'Hannah Reed'],
  actor_name: ['The name of who acted; null for the system, and for a caller who is not signed in.', 'Dana Whitfield'],
  category: ['The category of tickets that the technician takes. Upper and lower case are equal.', 'Network'],
  available: ['Whether the technician takes new tickets at the moment.', true],
  created_at: ['When it was created.'],

  // Sessions.
  token: ['The access token: `Authorization: Bearer <token>`.'],
  'ResetPassword.token': ['The token in the link of the mail.'],
  token_type: ['How the token is sent.'],
  challenge: [
    'Proves that the password was right. `POST /auth/login/second-factor` takes it, with a code.',
    `1.${uuid}.x7Fq`,
  ],
  expires_in: ['How many seconds it is good for.', 300],
  refresh_token: ['The refresh token of the last answer. It is good for one use.'],

  // Tickets.
  tickets: ['The tickets of this page.'],
  ticket_id: ['The number of the ticket.', 'TKT0185'],
  subject: ['The subject of the ticket, in one line.', 'No network on the second floor'],
  'RenderedEmail.subject': ['The subject of the mail.'],
  issue_category: ['What the ticket is about. Upper and lower case are equal.', 'Network'],
  issue_description: [
    'What is wrong, or asked for.',
    'Since this morning no computer on the second floor reaches the network.',
  ],
  resolution_summary: ['What was done; null until somebody writes it.', 'Replaced the switch on the second floor.'],
  raised_date: ['When the ticket was created.'],
  updated_at: [
    'When the ticket last got a new version, a public comment, or a merged ticket. Tags and names do not move it.',
  ],
  first_response_at: ['When the customer got a first response from the staff; null until then.'],
  resolved_date: ['When the ticket was resolved; null while it is not.'],
  closed_date: ['When the ticket was closed; null while it is not.'],
  version: ['Goes up with every change. `If-Match` says which version a change is meant for.', 3],
  warnings: ['What is odd about a request that succeeded. Left out when nothing is.'],
  counts: ['How many tickets there are, for each of what was asked for.'],
  'TicketCounts.value': ['The value that these tickets have.'],
  'TicketCounts.status': ['By status.'],
  'TicketCounts.priority': ['By priority.'],
  raised_day: ['By the day on which they were created.'],
  resolved_day: ['By the day on which they were resolved.'],
  watchers: ['Who watches the ticket.'],
  links: ['The links of the ticket.'],
  'Link.ticket_id': ['The linked ticket.', 'TKT0188'],
  'Link.subject': ['The subject of the linked ticket.'],
  tags: ['The tags, sorted.', ['vpn']],
  'TagList.tags': ['The tags of this page.'],
  tag: ['A tag. It is stored in lower case.', 'vpn'],
  ticket_count: ['How many tickets there are.', 12],

  // Comments and files.
  comments: ['The comments of this page.'],
  comment_id: ['The id of the comment.', uuid],
  body: ['The text of the comment.', 'It works again after a restart.'],
  edited_at: ['When the comment was last edited; null when it never was.'],
  attachments: ['The attachments of this page.'],
  'Comment.attachments': ['The files of the comment.'],
  'ListedComment.attachments': ['The files of the comment.'],
  attachment_id: ['The id of the attachment.', uuid],
  upload_id: ['The id of the upload.', uuid],
  file_name: ['The name of the file, without a path.', 'router.log'],
  content_type: ['The type of the file.', 'text/plain'],
  sha256: ['The SHA-256 of the bytes of the file, in hexadecimal digits.'],
  method: ['How the file is sent.'],
  url: ['The address that takes the file. It needs no sign-in, so keep it secret.'],
  download_expires_at: ['Until when the address gives the file.'],

  // Mails.
  emails: ['The mails of this page.'],
  email_id: ['The id of the mail.', uuid],
  recipient_name: ['The name of the recipient.', 'Hannah Reed'],
  recipient_email: ['The address that the mail goes to, as it was typed.', 'hannah.reed@harbour.example.com'],
  message_id: ['The `Message-ID` of the mail, the same at every attempt.'],
  attempts: ['How many times the mail was handed to the mail server.', 1],
  last_error: ['Why the last attempt failed; null when none did.'],
  sent_at: ['When the mail server took the mail; null until then.'],
  text: ['The mail as plain text.'],
  html: ['The mail as HTML.'],

  // Events.
  history: ['The events of this page.'],
  events: ['The events of this page.'],
  event_id: ['The number of the event.', 17],
  occurred_at: ['When it happened.'],
  details: ['Facts about what happened. Which members there are depends on the type. More members may come.'],
  subject_version: ['The version that the ticket had afterwards; null when its version did not change.', 3],
  first_position: ['The position of the first event that was walked; null when there is none.', 1],
  last_position: ['The position of the last event that was walked; null when there is none.', 17],
  head_position: ['The position of the last event of the tenant; 0 without events.', 17],
  position: ['The place of the event in the log of the tenant.', 17],

  // Pages.
  next_cursor: ['The `cursor` of the next page; null on the last page.'],
  has_more: ['Whether there is a next page.', false],

  // Problems.
  'Problem.type': ['Always `about:blank`: the `code` says more.', 'about:blank'],
  title: ['What went wrong in general: the same for each `code`.', 'The request does not fit its schema'],
  'Problem.status': ['The HTTP status.'],
  detail: ['A sentence for people about this one answer. Its words may change.'],
  request_id: ['The id of the request, as in `X-Request-Id`: name it when you ask for help.', uuid],
  errors: ['What is wrong with which member or parameter.'],
  field: ['The path of the member, such as `customer_id` or `items.0.name`.', 'subject'],
  message: ['A sentence for people.', 'must be a single line'],
  'Problem.code': ['A short word for programs.'],
  current_version: ['The version that it has now.', 4],
  changed: ['The changed fields: who changed each last, and in which version.'],
  by: ['The name of who changed it.', 'Noor Haddad'],
  overlaps: ['Whether the request changes any of these fields.', true],
  quota: ['Which quota is used up, such as `tickets`.', 'tickets'],
  limit: ['How much of it there is within 24 hours.', 50],
  ends_at: ['When the 24 hours are over.'],
  follow_up_of: ['The closed ticket: a new ticket can follow it, with this as its `follow_up_of`.', 'TKT0001'],
  merged_into: ['The ticket that this ticket is merged into: do it there.', 'TKT0002'],
  from: ['The status of the ticket.'],
  to: ['The status that it cannot move to.'],
  away: ['What is missing.', ['database']],

  // The program itself.
  'Health.status': ['The process lives.'],
  'Readiness.status': ['The program takes requests.'],
  'SignedOut.message': ['A sentence for people.', 'You are signed out.'],
  openapi: ['The version of OpenAPI.', '3.1.0'],

  // Parameters.
  commentId: ['A comment.', uuid],
  attachmentId: ['An attachment.', uuid],
  emailId: ['A mail.', uuid],
  folder: ['The folder of the file in the store.', '0000000001'],
  object: ['The name of the file in the store.', uuid],
  expires: ['When the address expires, in seconds since 1970.', '1798761600'],
  signature: ['The signature of the address.'],
  disposition: ['The name that the file is saved under.'],
  stamp: ['The state of the file that the address is for.'],
}
