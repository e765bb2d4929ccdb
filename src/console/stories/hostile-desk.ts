import { listenForMail } from '../../testing/peers/smtp-server.ts'
import { assignTicket, comment, createTicket } from '../../testing/support/create-tickets.ts'
import { announcementOf, sendBytes, textFile } from '../../testing/support/files.ts'
import { password, type World } from '../../testing/support/people.ts'
import { type Api, expectSuccess, type Reply } from '../../testing/support/requests.ts'
import type { Desk } from '../../testing/support/workspace.ts'
import { hostileTexts } from './hostile-texts.ts'

/** How many hostile texts one ticket has in its conversation. */
const each = 14

/** What the desk takes of hostile texts: a name may be refused, and nothing may fail. */
const taken = (reply: Reply): boolean => {
  if (reply.status >= 500) throw new Error(`the desk fails: ${reply.text}`)
  return reply.status < 300
}

/** The text as one line of at most so many characters. */
const oneLine = (text: string, length: number): string =>
  [...text.replaceAll(/\s/g, ' ')].slice(0, length).join('').trim()

/** A mail server that refuses every mail with a hostile text. Answers with its address, and how to stop it. */
export const startHostileMailServer = async () => {
  let next = 0
  const { port, stop } = await listenForMail(0, {
    refusesRecipient: () => ({ code: 550, words: oneLine(hostileTexts[next++ % hostileTexts.length] ?? '', 200) }),
    take: async () => {},
  })
  return { url: `smtp://127.0.0.1:${port}`, stop }
}

/** Attaches a file with a hostile name. False when the name is refused. */
const attachNamed = async (desk: Desk, person: Api, id: string, name: string): Promise<boolean> => {
  const file = textFile(`${name.replaceAll(/[/\\]/g, '\u2215')}.txt`)
  const announced = await person.post(`/tickets/${id}/attachments/upload-url`, announcementOf(file))
  if (!taken(announced)) return false
  await sendBytes(desk, announced.body, file.bytes)
  return taken(await person.post(`/tickets/${id}/attachments`, { upload_id: announced.body.upload_id }))
}

/** A tenant that has a hostile text in every field that the API takes one in. */
export interface HostileDesk {
  /** The tickets whose conversations hold all texts. */
  tickets: string[]
  /** How many texts each field took. */
  took: Record<string, number>
}

/** Writes every hostile text into every text field, as the person who may write it. */
export const fillWithHostileTexts = async (desk: Desk, world: World): Promise<HostileDesk> => {
  const { ada, tess, cleo, slug, nobody } = world
  const took: Record<string, number> = {}
  const count = async (field: string, sending: Promise<Reply> | Promise<boolean>): Promise<void> => {
    const answer = await sending
    const isTaken = typeof answer === 'boolean' ? answer : taken(answer)
    took[field] = (took[field] ?? 0) + (isTaken ? 1 : 0)
  }
  const tickets: string[] = []
  for (const [at, text] of hostileTexts.entries()) {
    const id = await createTicket(cleo, { subject: oneLine(text, 200), issue_description: text })
    if (at % each === 0) tickets.push(id)
    const talk = tickets.at(-1) ?? id
    if (talk === id) await assignTicket(ada, id, tess)
    await count('comment', comment(cleo, talk, text))
    await count('internal comment', comment(tess, talk, text, 'internal'))
    await count('file name', attachNamed(desk, at % 2 === 0 ? cleo : tess, talk, text))
    await count('tag', ada.put(`/tickets/${talk}/tags/${encodeURIComponent(oneLine(text, 40))}`))
    await count('token name', ada.post('/api-tokens', { name: oneLine(text, 80), scopes: ['ticket:read'] }))
    const email = `x${at}@${slug}.example.com`
    await count('customer name', ada.post('/customers', { name: oneLine(text, 100), email }))
    const hostile = `${text.replaceAll(/[^\w!#$%&'*+=?^`{|}~-]/g, '').slice(0, 60)}@${slug}.example.com`
    await count('address', ada.post('/customers', { name: `Address ${at}`, email: hostile }))
    const agent = text.replaceAll(/[^\x20-\x7e]/g, '')
    const body = { user_id_or_email: at % 2 === 0 ? 'ada' : tess.email, password }
    await count('user agent', nobody.post('/auth/login', body, { headers: { 'User-Agent': agent } }))
    taken(await nobody.post('/auth/login', { ...body, user_id_or_email: oneLine(text, 100), password: 'no' }))
  }
  for (const [at, id] of tickets.entries()) {
    const text = hostileTexts[at] ?? ''
    const phone = {
      name: oneLine(text, 100),
      email: `t${at}@${slug}.example.com`,
      phone_number: '+49 30 1',
      category: 'Network',
    }
    await count('technician', ada.post('/technicians', phone))
    await count(
      'service',
      ada.post('/service-accounts', { name: oneLine(text, 100), role: 'technician', category: 'Network' }),
    )
    await count(
      'draft',
      tess.put(`/tickets/${id}/drafts/reply`, { body: hostileTexts.slice(at * each, (at + 1) * each).join('\n') }),
    )
    await count('draft', tess.put(`/tickets/${id}/drafts/note`, { body: text }))
    await tess.put(`/tickets/${id}`, { status: 'in_progress' })
  }
  const summary = { status: 'resolved', resolution_summary: hostileTexts.slice(0, each).join('\n') }
  expectSuccess(await tess.put(`/tickets/${tickets.at(-1)}`, summary))
  expectSuccess(await cleo.patch('/me', { name: `<img src=x onerror="window.pwned='yes'">` }))
  return { tickets, took }
}
