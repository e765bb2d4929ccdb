import type { Problem } from '../api/calls.ts'
import { words } from './fields.words.ts'

type Fault = Problem['errors'][number]
type Words = ReturnType<typeof words>

const passwordFaults: Record<string, keyof Words> = {
  missing: 'passwordMissing',
  too_small: 'passwordShort',
  too_big: 'passwordLong',
  common_password: 'passwordCommon',
  weak_password: 'passwordWeak',
}
const nameFaults: Record<string, keyof Words> = {
  missing: 'nameMissing',
  too_small: 'nameMissing',
  too_big: 'nameLong',
}

/** What people read of a field that was refused. The words of the API name its members. */
const faultWords = ({ field, code = '', message }: Fault): string => {
  const w = words()
  const key =
    field === 'password'
      ? (passwordFaults[code] ?? 'passwordOdd')
      : field === 'email'
        ? code === 'missing'
          ? 'emailMissing'
          : 'emailOdd'
        : field === 'name'
          ? (nameFaults[code] ?? 'nameOdd')
          : code === 'missing'
            ? 'missing'
            : null
  const text = key === null ? message : w[key]
  return typeof text === 'string' ? text : message
}

/** The refusals that are about one field. */
const fieldOfCode: Record<string, { field: string; word: keyof Words }> = {
  wrong_password: { field: 'current_password', word: 'wrongPassword' },
  wrong_second_factor: { field: 'second_factor_code', word: 'wrongCode' },
  second_factor_code_required: { field: 'second_factor_code', word: 'codeNeeded' },
  email_taken: { field: 'email', word: 'emailTaken' },
}

/** What stands at the fields of a form after a refusal, by the names of the fields. */
export const wrongFields = (problem: Problem): Record<string, string> => {
  const known = fieldOfCode[problem.code]
  if (known) return { [known.field]: String(words()[known.word]) }
  if (problem.code !== 'validation_failed') return {}
  const wrong: Record<string, string> = {}
  for (const fault of problem.errors) if (fault.field) wrong[fault.field] ??= faultWords(fault)
  return wrong
}
