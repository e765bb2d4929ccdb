import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { UpdateTechnician } from './technicians.schemas.ts'

test('a phone number is taken exactly as the API document says, space at its ends included, which is cut off', () => {
  const schema = UpdateTechnician.pick({ phone_number: true })
  const documented = new Ajv2020().compile(z.toJSONSchema(schema, { io: 'input' }))
  for (const [phone_number, taken] of [
    ['+49 30 (123) 4.5/6-7', '+49 30 (123) 4.5/6-7'],
    [' 1234\t', '1234'],
    ['1'.repeat(30), '1'.repeat(30)],
    ['1'.repeat(31), null],
    ['1    ', null],
    ['123', null],
    ['12+34', null],
    ['', null],
  ] as const) {
    expect(schema.safeParse({ phone_number }).data?.phone_number ?? null, phone_number).toBe(taken)
    expect(documented({ phone_number }), phone_number).toBe(taken !== null)
  }
})
