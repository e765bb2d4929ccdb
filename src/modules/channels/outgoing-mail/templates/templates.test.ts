import { describe, expect, it } from 'vitest'
import { ZodError } from 'zod'
import { attributesOf, skeletonOf, textsOf } from './read-html.ts'
import {
  context,
  laterParameters,
  resetId,
  samples,
  templateNames,
  ticketId,
  userWritten,
} from './sample-parameters.ts'
import { renderMail, templates } from './templates.ts'

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
    expect(attributesOf(mail.html, 'href')).toEqual(urls)
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

  const needed = Object.keys(samples[name]).filter((key) => !laterParameters.includes(key))
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

it.each(ticketNames.filter((name) => name !== 'ticket_reassigned_technician'))('%s links to its ticket', (name) => {
  expect(sampleMail(name).text).toContain(`\n${context.publicUrl}/tickets/${ticketId}\n`)
})

it('does not link to a ticket that its reader has lost', () => {
  expect(attributesOf(sampleMail('ticket_reassigned_technician').html, 'href')).toEqual([])
})

it.each(passwordNames)('%s links to the page that sets a password, the token last', (name) => {
  const url = `${context.publicUrl}/password/reset?token=7.${resetId}.c2lnbmF0dXJl_-`
  expect(attributesOf(sampleMail(name).html, 'href')).toEqual([url])
  expect(sampleMail(name).text.split('\n')).toContain(url)
})

it.each(['', 'TKT1', 'TKT00042', 'CUS0042', 'TKT0042/../../evil', 'TKT0042\n'])('refuses %j as a ticket', (id) => {
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
