import { describe, expect, it } from 'vitest'
import { ZodError } from 'zod'
import { forgottenPasswordPage } from './letter.ts'
import { attributesOf, skeletonOf, textsOf } from './read-html.ts'
import { context, laterParameters, templateNames, userWritten } from './sample-parameters.ts'
import { templates } from './template-list.ts'
import { resetId, samples, ticketId } from './template-samples.ts'
import { renderMail } from './templates.ts'

const ticketNames = templateNames.filter((name) => name.startsWith('ticket_'))
const passwordNames = ['account_invited', 'password_reset_requested'] as const
const sampleMail = (name: (typeof templateNames)[number]) => renderMail(name, samples[name], context)

it('has a sample for every template', () => {
  expect(templateNames.toSorted()).toEqual(Object.keys(templates).toSorted())
})

describe.each(templateNames)('%s', (name) => {
  const mail = sampleMail(name)

  it('says the same in text and HTML', () => {
    const html = textsOf(mail.html).join('\n')
    for (const key of userWritten(name)) {
      for (const line of String(samples[name][key]).split('\n')) {
        expect(mail.text).toContain(line)
        expect(html).toContain(line)
      }
    }
    const wordsOf = (text: string): string[] => text.replaceAll(/\S*:\/\/\S*/g, '').match(/[\p{L}\p{N}]+/gu) ?? []
    expect(wordsOf(mail.text)).toEqual(wordsOf(html.replace(mail.subject, '')))
  })

  it('links to the helpdesk and to nowhere else', () => {
    const start = `${context.publicUrl}/`
    const urls = [...mail.text.matchAll(/\S*:\/\/\S*/g)].map(([url]) => url)
    // The page for a forgotten password is named, and not linked.
    expect(attributesOf(mail.html, 'href')).toEqual(urls.filter((url) => url !== forgottenPasswordPage(context)))
    for (const url of urls) expect(url.startsWith(start)).toBe(true)
    expect(mail.html.match(/:\/\//g) ?? []).toHaveLength(urls.length)
    expect(attributesOf(mail.html, 'src')).toEqual([])
  })

  it('is a whole page in English with a title, and no table, image, script or style sheet', () => {
    expect(mail.html).toMatch(/^<!doctype html>\n<html lang="en"/)
    expect(mail.html).toContain('<meta name="viewport" content="width=device-width,initial-scale=1">')
    expect(mail.html).toContain('<meta name="color-scheme" content="light dark">')
    expect(textsOf(mail.html)[0]).toBe(mail.subject)
    expect(mail.html).not.toMatch(/<(?:table|img|script|style|link|form|iframe)\b|url\(/)
    const elements = skeletonOf(mail.html).flatMap((token) => ('element' in token ? [token.element] : []))
    const isVoid = (element: string) => element === '!doctype' || element === 'meta' || element === 'br'
    const opened: string[] = []
    for (const element of elements.filter((each) => !isVoid(each))) {
      if (element.startsWith('/')) expect(opened.pop()).toBe(element.slice(1))
      else opened.push(element)
    }
    expect(opened).toEqual([])
  })

  it('has lines of at most 78 columns, its link aside', () => {
    for (const line of mail.text.split('\n')) if (!line.includes('://')) expect(line.length).toBeLessThanOrEqual(78)
    expect(mail.text).not.toContain('\n\n\n')
    expect(mail.text).toMatch(/^Hello Cora Customer,$/m)
  })

  const needed = Object.keys(samples[name]).filter(
    (key) => !laterParameters.some((later) => later === key || later === `${name}.${key}`),
  )
  it.each(needed)('is refused without %s', (key) => {
    const { [key]: _, ...others } = samples[name]
    expect(() => renderMail(name, others, context)).toThrow(ZodError)
  })

  it('ignores parameters that it does not know', () => {
    expect(renderMail(name, { ...samples[name], resolution_notes: null }, context)).toEqual(mail)
  })
})

it.each(ticketNames)('%s has the subject of its ticket', (name) => {
  expect(sampleMail(name).subject).toBe(`[${ticketId}] Printer on fire`)
})

const orderNames = ticketNames.filter((name) => name.startsWith('ticket_order_'))
const elsewhere = ['ticket_reassigned_technician', ...orderNames]

it.each(ticketNames.filter((name) => !elsewhere.includes(name)))('%s links to its ticket', (name) => {
  expect(sampleMail(name).text).toContain(`\n${context.publicUrl}/tickets/${ticketId}\n`)
})

it.each(orderNames)('%s links to its order', (name) => {
  expect(attributesOf(sampleMail(name).html, 'href')).toEqual([`${context.publicUrl}/orders/ORD0007`])
})

it('does not link to a ticket that its reader has lost', () => {
  expect(attributesOf(sampleMail('ticket_reassigned_technician').html, 'href')).toEqual([])
})

it.each(passwordNames)('%s links to the page that sets a password, the token last', (name) => {
  const path = name === 'account_invited' ? '/invitation' : '/password/reset'
  const url = `${context.publicUrl}${path}?token=7.${resetId}.c2lnbmF0dXJl_-`
  expect(attributesOf(sampleMail(name).html, 'href')).toEqual([url])
  expect(sampleMail(name).text.split('\n')).toContain(url)
})

it.each(['', 'TKT', 'TKT0000', 'CUS0042', 'TKT0042/../../evil', 'TKT0042\n'])('refuses %j as a ticket', (id) => {
  expect(() => renderMail('ticket_closed', { ...samples.ticket_closed, ticket_id: id }, context)).toThrow(ZodError)
})

it.each(passwordNames)('%s refuses an id that is none', (name) => {
  expect(() => renderMail(name, { ...samples[name], reset_id: '../x' }, context)).toThrow(ZodError)
})

it('says how long things last, one day or several', () => {
  const resolved = (days: number) =>
    renderMail('ticket_resolved', { ...samples.ticket_resolved, auto_close_days: days }, context).text
  expect(resolved(7)).toContain('after 7 days at the earliest.')
  expect(resolved(1)).toContain('after 1 day at the earliest.')
  expect(sampleMail('account_invited').text).toContain('within 5 days.')
  expect(sampleMail('password_reset_requested').text).toContain('within 30 minutes.')
})

it.each(ticketNames)('%s can be written when nobody has the ticket and the helpdesk acted', (name) => {
  const { text } = renderMail(name, { ...samples[name], technician_name: null, actor_name: null }, context)
  expect(text).toContain('nobody yet')
  expect(text).toContain('the helpdesk, automatically')
  expect(text).not.toMatch(/null|undefined/)
})

it('asks the admins for a technician only when there is none', () => {
  const created = (technician_name: string | null) =>
    renderMail('ticket_created_admin', { ...samples.ticket_created_admin, technician_name }, context).text
  expect(created(null)).toContain('please assign a technician')
  expect(created('Tess')).not.toContain('please assign')
})

/** What a mail says, on one line. */
const said = (name: (typeof templateNames)[number], parameters: object): string =>
  renderMail(name, { ...samples[name], ...parameters }, context).text.replaceAll(/\s+/g, ' ')

const toStaff = [
  'ticket_unassigned',
  'ticket_urgent',
  'ticket_category_changed',
  'ticket_merged',
  'ticket_restored',
  'ticket_reopened',
  'comment_public',
  'files_staff',
] as const
it.each(toStaff)('%s asks nobody for what they may not do: it says who may take or assign the ticket', (name) => {
  const whoMay = 'a technician of its category can take it, and an admin can assign it'
  const free = said(name, { status: 'new', technician_name: null })
  expect(free).toContain(whoMay)
  expect(free).not.toMatch(/please (?:take|assign)/i)
  for (const status of ['resolved', 'closed']) {
    expect(said(name, { status, technician_name: null })).not.toContain(whoMay)
  }
  expect(said(name, { status: 'assigned' })).not.toContain(whoMay)
})

it('says who may take the tickets that a deactivation gave back', () => {
  const whoMay = 'Technicians can take those of their category, and admins can assign them.'
  expect(said('tickets_released', {})).toContain(whoMay)
  expect(said('tickets_released', {})).not.toMatch(/please (?:take|assign)/i)
})

it.each(['comment_customer', 'ticket_moved_customer'] as const)('%s of a closed ticket asks for no comment', (name) => {
  const closed = said(name, { status: 'closed' })
  expect(closed).not.toMatch(/please comment|in a comment|answer it at/)
  expect(closed).toContain('please raise a new one and name this number')
  expect(said(name, { status: 'waiting' })).toMatch(/please comment|in a comment/)
})

it('says of a comment whether it reopened the ticket, and of a deleted one that it is gone', () => {
  expect(said('comment_public', { reopens: true })).toContain('and the ticket is open again')
  expect(said('comment_public', { reopens: false })).toContain('It did not reopen the ticket')
  for (const other of [{}, { reopens: null }]) expect(said('comment_public', other)).not.toMatch(/reopen|open again/)
  expect(said('comment_customer', { comment_body: null })).toContain('Comment (deleted since): ')
  expect(said('comment_internal', { comment_body: null })).toContain('Internal comment (deleted since): ')
})

it('asks a technician to set a ticket to work only while it is not in work', () => {
  expect(said('ticket_assigned_technician', { status: 'assigned' })).toContain('in progress')
  for (const status of ['in_progress', 'waiting']) {
    expect(said('ticket_assigned_technician', { status })).not.toContain('Please set it')
  }
})

it.each(['ticket_closed', 'ticket_closed_staff', 'ticket_reopened', 'ticket_reopened_customer'] as const)(
  '%s quotes the reason with its lines, and can do without one',
  (name) => {
    expect(renderMail(name, { ...samples[name], reason: 'First.\nSecond.' }, context).text).toMatch(
      /First\.\n\W*Second/,
    )
    expect(said(name, { reason: null })).not.toContain('Reason')
  },
)

it('does not promise that a restored ticket has all its links', () => {
  expect(said('ticket_restored', {})).not.toContain('Everything')
  expect(said('ticket_restored', {})).toContain('links to other tickets are back where they still fit')
})

it.each(templateNames)('%s ends with why its reader gets it, and where to change that, in text and HTML', (name) => {
  const text = 'You get this mail because you watch the ticket.'
  const stop = { label: 'Watch it no more', emailId: resetId }
  const url = `${context.publicUrl}/unsubscribe?token=7.${resetId}.c2lnbmF0dXJl_-`
  const mail = renderMail(name, samples[name], { ...context, closing: { text, choose: 'Choose', stop } })
  const page = `${context.publicUrl}/account/notifications`
  expect(mail.text.endsWith(`\n${text}\nChoose:\n${page}\nWatch it no more:\n${url}\n`)).toBe(true)
  expect(textsOf(mail.html).join(' ')).toMatch(
    /You get this mail because you watch the ticket\.\s+Choose\s+·\s+Watch it no more\s*$/,
  )
  expect(attributesOf(mail.html, 'href').slice(-2)).toEqual([page, url])
  // Customers have no such link, as one click should not cost them the answers to their tickets.
  const linkless = renderMail(name, samples[name], { ...context, closing: { text, choose: null, stop: null } })
  expect(linkless.text.endsWith(`\n${text}\n`)).toBe(true)
  expect(linkless.html).toContain(text)
  expect(linkless.html).not.toContain('/unsubscribe')
})

const notices = [
  'password_changed',
  'email_change_requested',
  'email_changed_before',
  'email_changed',
  'api_token_created',
  'second_factor_enabled',
  'second_factor_disabled',
  'second_factor_reset',
  'recovery_code_used',
  'second_factor_blocked',
] as const
it.each(notices)('%s says when and where it was done, in the time zone of its reader, and has no link', (name) => {
  const where = { address: '198.51.100.9', user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0' }
  expect(said(name, where)).toContain(
    'When: 2026-11-26 13:30 UTC Device: Firefox on Linux Network address: 198.51.100.9',
  )
  expect(said(name, { ...where, time_zone: 'Europe/Berlin' })).toContain('When: 2026-11-26 14:30 Europe/Berlin')
  expect(said(name, { time_zone: null })).toContain('13:30 UTC')
  expect(said(name, { time_zone: 'Nowhere/At_All' })).toContain('13:30 UTC')
  expect(attributesOf(sampleMail(name).html, 'href')).toEqual([])
})

it('does not say that whoever types wrong codes knows the password: they may sit at an open session', () => {
  expect(said('second_factor_blocked', {})).toContain('knows your password, or has one of your sessions open')
})

describe('a condition on a name', () => {
  const text =
    '{{^technician_name}}{{technician_name}}: nobody{{/technician_name}}{{#technician_name}}{{technician_name}}{{/technician_name}}, {{^actor_name}}none{{/actor_name}}{{#actor_name}}{{actor_name}}{{/actor_name}}'
  const firstLine = (names: object, more: object = {}): string | undefined =>
    renderMail(
      'ticket_urgent',
      { ...samples.ticket_urgent, ...names },
      { ...context, own: { subject: 'x', text }, ...more },
    ).text.split('\n')[0]

  it('asks for the name, not for what is shown in its place', () => {
    expect(firstLine({ technician_name: null, actor_name: null })).toBe('A technician: nobody, none')
    expect(firstLine({ technician_name: 'Tess', actor_name: 'Ada' })).toBe('Tess, Ada')
    const address = 'evil.example'
    expect(firstLine({ technician_name: address, actor_name: address })).toBe('A technician, Somebody of the helpdesk')
  })

  it('calls a customer one who acted under a name that may not be shown', () => {
    const names = { technician_name: 'Tess', actor_name: 'evil.example' }
    expect(firstLine(names, { isByStaff: false })).toBe('Tess, A customer')
    expect(firstLine(names, { isByStaff: false, language: 'de' })).toBe('Tess, Ein Kunde')
  })
})
