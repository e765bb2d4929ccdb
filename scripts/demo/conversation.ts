import type { Visibility } from '../../src/contract/enums.ts'
import type { DemoFile, TimedDeed } from './deeds.ts'
import { chance, createRandom, pick } from './random.ts'

// The comments that people write on a ticket.

const minuteMs = 60_000

const starting = [
  'Thank you for the report. I am looking into it now and will write again today.',
  'I have this one. Could you please leave the machine on, so that I can see it from here?',
  'I am on my way. If it comes back by itself before I am there, please write here.',
]
const asking = [
  'Could you please send me the exact wording of the message, and when it came the last time?',
  'I need ten minutes at your desk for this. When does it suit you?',
  'I have ordered the part. Until it is here, please use the spare one from the store room.',
]
const answering = [
  'It came again just now, at the same place. I am at my desk until five.',
  'Tomorrow before ten would be good. My colleague can let you in, too.',
  'The spare one works for now, thank you.',
]
const notes = [
  'Same fault as last month. The supplier knows of it; no fix before the next release.',
  'Had to use the local admin account. Password is to be changed tonight.',
  'Third one from this floor this week: somebody should look at the cabinet.',
]

const seen: DemoFile = {
  name: 'what I see.log',
  contentType: 'text/plain',
  text: '09:12:41 starting\n09:12:44 waiting for the server\n09:13:14 no answer, giving up (error 1204)\n',
}
const found: DemoFile = {
  name: 'Geräte 3. Stock.csv',
  contentType: 'text/csv',
  text: 'room;device;fault\n3.02;PC-0312;no link\n3.07;PC-0319;no link\n3.11;PR-0042;offline\n',
}

/** The comments on a ticket between its deeds: by its customer, and by the technician who works on it at that time. */
export const conversationIn = (ticket: number, customer: string, deeds: TimedDeed[]): TimedDeed[] => {
  const random = createRandom(9_000 + ticket)
  const say = (by: string, texts: string[], at: number, visibility: Visibility = 'public'): TimedDeed => {
    const body = pick(random, texts)
    const file = body === answering[0] ? seen : body === notes[2] ? found : undefined
    return { kind: 'say', ticket, by, body, visibility, file, at }
  }
  return deeds.flatMap((deed, place) => {
    if (deed.kind !== 'change') return []
    const { by, at } = deed
    const wasWaiting = deeds
      .slice(0, place)
      .some((earlier) => earlier.kind === 'change' && earlier.change.status === 'waiting')
    switch (deed.change.status) {
      case 'in_progress':
        if (wasWaiting) return [say(customer, answering, at - 2 * minuteMs)]
        return chance(random, 0.55) ? [say(by, starting, at + 2 * minuteMs)] : []
      case 'waiting':
        return [say(by, asking, at - minuteMs)]
      case 'resolved':
        return chance(random, 0.2) ? [say(by, notes, at - minuteMs, 'internal')] : []
    }
    return []
  })
}
