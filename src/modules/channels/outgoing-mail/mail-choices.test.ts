import { expect, test } from 'vitest'
import { tellings } from '../recipients/tellings.ts'
import { mailChoices, registrationMails } from './mail-choices.ts'
import { TemplateName } from './templates/template-names.ts'

test('every choice is for an account that is told, and every template is chosen', () => {
  const told = tellings.map(({ type, reason }) => `${type} ${reason}`)
  for (const { type, reason } of mailChoices) expect(told).toContain(`${type} ${reason}`)
  // No event chooses the digest: it gathers events.
  const chosen = new Set([
    ...mailChoices.map(({ template }) => template),
    ...Object.values(registrationMails),
    'digest',
  ])
  expect([...chosen].sort()).toEqual(TemplateName.options.toSorted())
})

test('everybody who is told of an event gets one mail at most, at each address', () => {
  const cases = mailChoices.map(({ template: _, ...choice }) => choice)
  for (const one of cases) {
    const alike = cases.filter(
      ({ type, reason, to, statusAfter, onlyWhen, visibility }) =>
        type === one.type &&
        to === one.to &&
        reason === one.reason &&
        (statusAfter === undefined || one.statusAfter === undefined || statusAfter === one.statusAfter) &&
        (onlyWhen === undefined || one.onlyWhen === undefined || onlyWhen === one.onlyWhen) &&
        (visibility === undefined || one.visibility === undefined || visibility === one.visibility),
    )
    expect(alike).toEqual([one])
  }
})
