/**
 * What somebody needs to know before the first call. Readers of the API document show it in front, `/api/docs` too. The
 * text is Markdown.
 */
const introduction = `
A helpdesk: customers create tickets, admins assign technicians, technicians resolve tickets, and the people concerned are
mailed. All paths are below \`/api\`; \`/api/v1\` is the same.

## Sign in

\`POST /auth/login\` takes a sign-in name, a number such as \`TEC0001\` or an email address, and a password. Send the \`token\`
of the answer with every request: \`Authorization: Bearer <token>\`. When it expires, exchange the \`refresh_token\` for a new
pair with \`POST /auth/refresh\`. A browser asks \`POST /auth/login\` for \`"session": "cookie"\` and gets a session cookie instead. A
token knows its tenant. Programs use an API token (\`POST /api-tokens\`) in the same header; each operation names the scope
that such a token needs. Requests without a token are of the tenant whose address they go to: its own host, or
\`/t/<slug>\` in front of \`/api\`. Elsewhere they name a tenant with the header \`X-Tenant\`; without it the tenant is
\`default\`. At the address of a tenant a token or cookie of another one does not count.
Each operation says which roles may call it. What a role may not see is answered as if it did not exist, with 404.

## Errors

Every failure is \`application/problem+json\` (RFC 9457). Decide by \`code\`: the codes of an operation stand with its answers.
\`detail\` is a sentence for people, \`errors\` names the members that do not fit, and some codes have members of their own,
such as \`current_version\` of \`stale_version\`. Quote the \`request_id\` when you ask for help. An answer that succeeded may
have \`warnings\`: they say what is odd about it.

## Pages

Lists give 25 items, or as many as \`limit\` says, at most 100. Send \`page.next_cursor\` as \`cursor\` with the same filters
for the next page, until \`page.has_more\` is false. Rows that are added meanwhile do not shift the pages. Filters that take
several values may be repeated (\`status=new&status=assigned\`) or separated by commas (\`status=new,assigned\`).

## Versions

A ticket has a \`version\`, which goes up with every change, and the header \`ETag\` of its answers begins with it. Send that
header back as \`If-Match\`, and the change happens only while nobody else has changed the ticket; otherwise the answer is
412 \`stale_version\` and names what changed. \`PATCH\` of a ticket requires it, \`PUT\` takes it. \`If-Match: *\` fits every
version. With the same header as \`If-None-Match\` a read is answered with 304 while nothing has changed. Members that are left
out of a change stay as they are.

## Retries

Send a new \`Idempotency-Key\`, such as a random UUID, with a request that must not happen twice. When no answer comes, send
the same request with the same key again: it happens once, and the first answer comes again, with the header
\`Idempotency-Replayed\`, for 24 hours. After 429 and 503 wait as long as \`Retry-After\` says.

## Events

Whatever happens becomes an event. \`GET /tickets/{ticketId}/history\` tells what happened to a ticket, as far as the reader
may know, and \`GET /audit\` tells admins everything, in a chain of hashes that \`GET /audit/verify\` proves. Programs follow
\`GET /events\`: everything that they may see, in order, from the place on that they have read to. The types of events keep
their names. New types, new members of answers and new values of enums in answers may come with any version, so pass
over what you do not know.
`.trim()

/** The general part of the API document. */
export const apiTexts = {
  title: 'Counterdesk',
  description: introduction,
  /** What the groups of operations are about. */
  tags: {
    'Sign-in': 'Sessions with tokens, and passwords.',
    'Sign-in with a cookie': 'The same for pages in a browser, which keep no token.',
    'Second factor': 'Codes of an authenticator app, which signing in asks for beside the password.',
    People:
      'Everybody with an account: invited, changed, deactivated and reactivated by admins, looked up by the staff.',
    'Your own account': 'Your own name, address, time zone, language and sessions.',
    'API tokens': 'How programs sign in.',
    'Service accounts': 'For whom programs act that act for nobody.',
    Customers: 'Those who ask.',
    Technicians: 'Those who answer.',
    Tickets: 'What is asked, and what becomes of it.',
    Relations: 'Tags, links and watchers of tickets.',
    Attachments: 'The files of tickets.',
    Files: 'Where the bytes of attachments go and come from, while the program keeps them itself.',
    Comments: 'What is said about a ticket, publicly or among the staff.',
    Mails: 'What was mailed to whom, and whether it arrived at the mail server.',
    'Mail templates': 'What mails say, in each language.',
    Notifications: 'What you are told of, in the console.',
    Tenants: 'The organisations of this installation, for whoever runs it.',
    Settings: 'What the admins of a tenant choose for it.',
    Catalogue: 'What can be ordered, and who has ordered it.',
    Events: 'What happens, for programs that follow it.',
    Webhooks: 'Programs elsewhere that are told of events.',
    Audit: 'What happened at all, and who did it.',
    Service: 'The program itself.',
  } as Record<string, string>,
}
